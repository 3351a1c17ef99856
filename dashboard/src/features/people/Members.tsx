import { ActionIcon, Alert, NativeSelect, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconUserMinus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Member, ProjectListed, Role } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { say, sayWord } from '#shared/words.ts'
import { membersQuery, useRemoveMember, useSetRole } from './queries.ts'
import { ROLE_CHOICES } from './roles.ts'

/** Who belongs to the project; its owners say so. */
export function Members({ project }: { project: ProjectListed }) {
  const query = useQuery(membersQuery(project.id))
  const setRole = useSetRole()
  const remove = useRemoveMember()
  const error = setRole.error ?? remove.error
  return (
    <Section title={say('Members')} flush>
      {error && (
        <Alert color="red" variant="light" role="alert" m="sm">
          {error.message}
        </Alert>
      )}
      <Loaded query={query}>
        {({ data }) => (
          <table className="list" aria-label={say('Members')}>
            <thead>
              <tr>
                <th>{say('Name')}</th>
                <th>{say('Role')}</th>
                <th className="right">{say('Since')}</th>
                <th style={{ position: 'relative' }}>
                  <VisuallyHidden>{say('Verbs')}</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.map((member) => (
                <MemberRow
                  key={member.user}
                  member={member}
                  isOwner={project.role === 'owner'}
                  onRole={(role) => setRole.mutate({ project: project.id, user: member.user, role })}
                  onRemove={() => remove.mutate({ project: project.id, user: member.user })}
                />
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </Section>
  )
}

type RowProps = { member: Member; isOwner: boolean; onRole: (role: Role) => void; onRemove: () => void }

function MemberRow({ member, isOwner, onRole, onRemove }: RowProps) {
  return (
    <tr>
      <td>
        {member.name}
        {member.disabled && <span className="dim"> ({say('disabled')})</span>}
        {member.email && (
          <span className="dim" style={{ marginLeft: 10 }}>
            {member.email}
          </span>
        )}
      </td>
      <td>
        {isOwner ? (
          <NativeSelect
            size="xs"
            w={110}
            aria-label={say('Role of {name}', { name: member.name })}
            value={member.role}
            data={ROLE_CHOICES}
            onChange={(event) => onRole(event.currentTarget.value as Role)}
          />
        ) : (
          sayWord(member.role)
        )}
      </td>
      <td className="right dim">
        <Ago at={member.created_at} />
      </td>
      <td className="right">
        {isOwner && (
          <Tooltip label={say('Put out of the project')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={onRemove}
              aria-label={say('Remove {name}', { name: member.name })}
            >
              <IconUserMinus size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </td>
    </tr>
  )
}
