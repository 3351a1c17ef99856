import { ActionIcon, Alert, NativeSelect, Tooltip } from '@mantine/core'
import { IconUserMinus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Member, ProjectListed, Role } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { membersQuery, useRemoveMember, useSetRole } from './queries.ts'
import { ROLES } from './roles.ts'

/** Who belongs to the project; its owners say so. */
export function Members({ project }: { project: ProjectListed }) {
  const query = useQuery(membersQuery(project.id))
  const setRole = useSetRole()
  const remove = useRemoveMember()
  const error = setRole.error ?? remove.error
  return (
    <Section title="Members" flush>
      {error && (
        <Alert color="red" variant="light" role="alert" m="sm">
          {error.message}
        </Alert>
      )}
      <Loaded query={query}>
        {({ data }) => (
          <table className="list" aria-label="Members">
            <thead>
              <tr>
                <th>Name</th>
                <th>Role</th>
                <th className="right">Since</th>
                <th aria-label="Verbs" />
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
        {member.disabled && <span className="dim"> (disabled)</span>}
      </td>
      <td>
        {isOwner ? (
          <NativeSelect
            size="xs"
            w={110}
            aria-label={`Role of ${member.name}`}
            value={member.role}
            data={ROLES}
            onChange={(event) => onRole(event.currentTarget.value as Role)}
          />
        ) : (
          member.role
        )}
      </td>
      <td className="right dim">
        <Ago at={member.created_at} />
      </td>
      <td className="right">
        {isOwner && (
          <Tooltip label="Put out of the project">
            <ActionIcon variant="subtle" color="gray" onClick={onRemove} aria-label={`Remove ${member.name}`}>
              <IconUserMinus size={16} />
            </ActionIcon>
          </Tooltip>
        )}
      </td>
    </tr>
  )
}
