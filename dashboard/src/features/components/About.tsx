import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Component, ComponentObject } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Copy } from '#shared/Code.tsx'
import { Section } from '#shared/Section.tsx'
import { say, sayWord } from '#shared/words.ts'
import { componentsQuery } from './queries.ts'

/** What a spec may name, and how. */
export function Offered({ component }: { component: Component }) {
  return (
    <Section title={say('In a spec')} flush>
      <table className="list tight" aria-label={say('What it offers')}>
        <tbody>
          {component.objects.map((one) => (
            <tr key={one.name}>
              <td>
                <span className="mono" title={one.doc}>
                  {callOf(component.name, one)}
                </span>
              </td>
              <td className="dim">{one.families.map((family) => sayWord(family)).join(', ')}</td>
              <td className="right">
                <Copy text={callOf(component.name, one)} label={say('Copy {name}', { name: one.name })} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {component.objects.length === 0 && (
        <p style={{ margin: 0, padding: 16, fontSize: 13 }} className="dim">
          {say('Nothing of Keras: a script is named by its file, as `entry`.')}
        </p>
      )}
    </Section>
  )
}

/** What Keras calls itself is named; everything else is called, with what it must be given. */
function callOf(component: string, { name, kind, arguments: taken }: ComponentObject): string {
  if (kind === 'function') return `${component}.${name}`
  const needed = taken?.filter((one) => one.required).map((one) => `${one.name}=…`) ?? []
  return `${component}.${name}(${needed.join(', ')})`
}

/** All versions of one name; the one looked at stands out, and each other leads to what differs. */
export function Versions({ component, versions }: { component: Component; versions: Component[] }) {
  return (
    <Section title={say('Versions')} flush>
      <table className="list tight" aria-label={say('Versions')}>
        <tbody>
          {versions.map((one) => (
            <tr key={one.id}>
              <td style={{ fontWeight: one.id === component.id ? 600 : undefined }}>
                <Link
                  to="/components/$componentId"
                  params={{ componentId: one.id }}
                  search={{}}
                  aria-current={one.id === component.id ? 'page' : undefined}
                >
                  {say('Version {version}', { version: one.version })}
                </Link>
              </td>
              <td className="right">
                {one.id !== component.id && (
                  <Link
                    to="/components/$componentId"
                    params={{ componentId: component.id }}
                    search={{ from: one.version }}
                    className="dim"
                  >
                    {say('What differs')}
                  </Link>
                )}
              </td>
              <td className="right dim">
                <Ago at={one.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}

export function useVersions(component: Component): Component[] {
  const query = useInfiniteQuery(componentsQuery({ name: component.name, project: component.project }))
  const found = query.data?.pages.flatMap((page) => page.data) ?? []
  const ofName = found.filter((one) => one.name === component.name && one.project === component.project)
  return ofName.length > 0 ? ofName : [component]
}
