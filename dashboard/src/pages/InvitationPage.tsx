import { useDocumentTitle } from '@mantine/hooks'
import { useNavigate } from '@tanstack/react-router'
import { Invitation } from '#features/session/Invitation.tsx'
import { say } from '#shared/words.ts'

export function InvitationPage() {
  useDocumentTitle(say('Invitation · Horngate'))
  const navigate = useNavigate()
  return <Invitation onDone={() => void navigate({ to: '/runs', search: {}, replace: true })} />
}
