import { ActionIcon, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ProjectInvitation, Role } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { formatInstant } from '#shared/time.ts'
import { Made } from './Made.tsx'
import { invitationsQuery, useInvite, useRevokeInvitation } from './queries.ts'
import { ROLES } from './roles.ts'

/** Links that let one person in each. */
export function Invitations({ project }: { project: string }) {
  const query = useQuery(invitationsQuery(project))
  const invite = useInvite(project)
  const [role, setRole] = useState<Role>('editor')
  const [note, setNote] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    invite.mutate({ role, note }, { onSuccess: () => setNote('') })
  }
  return (
    <Section title="Invite">
      <Stack gap="sm">
        <form onSubmit={submit}>
          <Group align="flex-end" gap="xs">
            <TextInput
              label="For whom"
              placeholder="A note for this list"
              value={note}
              maxLength={200}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <NativeSelect
              label="Role"
              value={role}
              data={ROLES}
              onChange={(event) => setRole(event.currentTarget.value as Role)}
            />
            <Button type="submit" loading={invite.isPending}>
              Make a link
            </Button>
          </Group>
        </form>
        <Made error={invite.error} hint="Send this to one person. It is not shown again." secret={invite.data?.link} />
        <Loaded query={query}>{({ data }) => <OpenLinks project={project} invitations={data} />}</Loaded>
      </Stack>
    </Section>
  )
}

function OpenLinks({ project, invitations }: { project: string; invitations: ProjectInvitation[] }) {
  const revoke = useRevokeInvitation(project)
  if (invitations.length === 0) return null
  return (
    <table className="list tight" aria-label="Open invitations">
      <tbody>
        {invitations.map((invitation) => (
          <tr key={invitation.id}>
            <td>{invitation.note || 'without a note'}</td>
            <td className="dim">{invitation.role}</td>
            <td className="dim">until {formatInstant(invitation.expires_at)}</td>
            <td className="right">
              <ActionIcon
                variant="subtle"
                color="gray"
                onClick={() => revoke.mutate(invitation.id)}
                aria-label={`Take back the invitation ${invitation.note}`}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
