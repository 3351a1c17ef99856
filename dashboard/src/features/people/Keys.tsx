import { ActionIcon, Button, Group, NativeSelect, Stack, TextInput, VisuallyHidden } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { Key, Scope } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { Section } from '#shared/Section.tsx'
import { Wide } from '#shared/Wide.tsx'
import { say, sayWord } from '#shared/words.ts'
import { Made } from './Made.tsx'
import { keysQuery, useCreateKey, useRevokeKey } from './queries.ts'

const SCOPES: { value: Scope; label: string }[] = [
  { value: 'read', label: say('read: changes nothing') },
  { value: 'write', label: say('write: works in projects') },
  { value: 'admin', label: say('admin: all that you may') },
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
    <Section title={say('Your API keys')}>
      <Stack gap="sm">
        <form onSubmit={submit}>
          <Group align="flex-end" gap="xs">
            <TextInput
              label={say('Name of a new key')}
              placeholder={say('What it is for')}
              value={name}
              maxLength={200}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <NativeSelect
              label={say('Scope')}
              value={scope}
              data={SCOPES}
              onChange={(event) => setScope(event.currentTarget.value as Scope)}
            />
            <Button type="submit" loading={create.isPending} disabled={name.trim() === ''}>
              {say('Make a key')}
            </Button>
          </Group>
        </form>
        <Made error={create.error} hint={say('Keep it now: it is not shown again.')} secret={create.data?.key} />
        <Loaded query={query}>
          {({ data }) => (
            <Wide>
              <KeysTable keys={data.filter((key) => !key.revoked_at)} />
            </Wide>
          )}
        </Loaded>
      </Stack>
    </Section>
  )
}

function KeysTable({ keys }: { keys: Key[] }) {
  const revoke = useRevokeKey()
  return (
    <table className="list tight" aria-label={say('Your API keys')}>
      <thead>
        <tr>
          <th>{say('Name')}</th>
          <th>{say('Begins')}</th>
          <th>{say('Scope')}</th>
          <th className="right">{say('Last used')}</th>
          <th style={{ position: 'relative' }}>
            <VisuallyHidden>{say('Verbs')}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.id}>
            <td>{key.name}</td>
            <td className="dim">
              <code>{key.prefix}…</code>
            </td>
            <td className="dim">{sayWord(key.scope)}</td>
            <td className="right dim">{key.last_used_at ? <Ago at={key.last_used_at} /> : say('never')}</td>
            <td className="right">
              <ActionIcon
                variant="subtle"
                color="gray"
                onClick={() => revoke.mutate(key.id)}
                aria-label={say('Revoke the key {name}', { name: key.name })}
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
