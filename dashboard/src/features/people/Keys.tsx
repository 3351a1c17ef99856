import { ActionIcon, Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Key, Scope } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { Made } from './Made.tsx'
import { keysQuery, useCreateKey, useRevokeKey } from './queries.ts'

const SCOPES: { value: Scope; label: string }[] = [
  { value: 'read', label: 'read: changes nothing' },
  { value: 'write', label: 'write: works in projects' },
  { value: 'admin', label: 'admin: all that you may' },
]

/** One's own keys, for programs. */
export function Keys() {
  const query = useQuery(keysQuery)
  const create = useCreateKey()
  const [name, setName] = useState('')
  const [scope, setScope] = useState<Scope>('write')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ name: name.trim(), scope }, { onSuccess: () => setName('') })
  }
  return (
    <Section title="Your API keys">
      <Stack gap="sm">
        <form onSubmit={submit}>
          <Group align="flex-end" gap="xs">
            <TextInput
              label="Name of a new key"
              placeholder="What it is for"
              value={name}
              maxLength={200}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <NativeSelect
              label="Scope"
              value={scope}
              data={SCOPES}
              onChange={(event) => setScope(event.currentTarget.value as Scope)}
            />
            <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
              Make a key
            </Button>
          </Group>
        </form>
        <Made error={create.error} hint="Keep it now: it is not shown again." secret={create.data?.key} />
        <Loaded query={query}>{({ data }) => <KeysTable keys={data.filter((key) => !key.revoked_at)} />}</Loaded>
      </Stack>
    </Section>
  )
}

function KeysTable({ keys }: { keys: Key[] }) {
  const revoke = useRevokeKey()
  return (
    <table className="list tight" aria-label="Your API keys">
      <thead>
        <tr>
          <th>Name</th>
          <th>Begins</th>
          <th>Scope</th>
          <th className="right">Last used</th>
          <th aria-label="Verbs" />
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td>{key.name}</td>
            <td className="dim">
              <code>{key.prefix}…</code>
            </td>
            <td className="dim">{key.scope}</td>
            <td className="right dim">{key.last_used_at ? <Ago at={key.last_used_at} /> : 'never'}</td>
            <td className="right">
              <ActionIcon
                variant="subtle"
                color="gray"
                onClick={() => revoke.mutate(key.id)}
                aria-label={`Revoke the key ${key.name}`}
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
