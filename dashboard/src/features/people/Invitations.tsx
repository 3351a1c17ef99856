import { ActionIcon, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ProjectInvitation, Role } from '#client'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { formatInstant } from '#shared/time.ts'
import { say, sayWord } from '#shared/words.ts'
import { Made } from './Made.tsx'
import { invitationsQuery, useInvite, useRevokeInvitation } from './queries.ts'
import { ROLE_CHOICES } from './roles.ts'

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
    <Section title={say('Invite')}>
      <Stack gap="sm">
        <form onSubmit={submit}>
          <Group align="flex-end" gap="xs">
            <TextInput
              label={say('For whom')}
              placeholder={say('A note for this list')}
              value={note}
              maxLength={200}
              onChange={(event) => setNote(event.currentTarget.value)}
            />
            <NativeSelect
              label={say('Role')}
              value={role}
              data={ROLE_CHOICES}
              onChange={(event) => setRole(event.currentTarget.value as Role)}
            />
            <Button type="submit" loading={invite.isPending}>
              {say('Make a link')}
            </Button>
          </Group>
        </form>
        <Made
          error={invite.error}
          hint={say('Send this to one person. It is not shown again.')}
          secret={invite.data?.link}
        />
        <Loaded query={query}>{({ data }) => <OpenLinks project={project} invitations={data} />}</Loaded>
      </Stack>
    </Section>
  )
}

function OpenLinks({ project, invitations }: { project: string; invitations: ProjectInvitation[] }) {
  const revoke = useRevokeInvitation(project)
  if (invitations.length === 0) return null
  return (
    <table className="list tight" aria-label={say('Open invitations')}>
      <tbody>
        {invitations.map((invitation) => (
          <tr key={invitation.id}>
            <td>{invitation.note || say('without a note')}</td>
            <td className="dim">{sayWord(invitation.role)}</td>
            <td className="dim">{say('until {expires_at}', { expires_at: formatInstant(invitation.expires_at) })}</td>
            <td className="right">
              <ActionIcon
                variant="subtle"
                color="gray"
                onClick={() => revoke.mutate(invitation.id)}
                aria-label={say('Take back the invitation {note}', { note: invitation.note })}
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
