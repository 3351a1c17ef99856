import { useDocumentTitle } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { Invitation } from '#features/session/Invitation.tsx'

export function InvitationPage() {
  useDocumentTitle('Invitation · Horngate')
  const navigate = useNavigate()
  return <Invitation onDone={() => void navigate({ to: '/runs', search: {}, replace: true })} />
}
