/** `Dense(64, activation="relu")`: how a spec says an object of Keras in one string. Values stay as they are written. */

export type Argument = { name: string | null; value: string }
export type Call = { name: string; arguments: Argument[] }

/** A string, a bracket, or anything else that is one piece of a value. */
const TOKENS = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\s\S]/g

/** The pieces between commas that stand in no bracket and in no quotes. */
function split(text: string): string[] {
  const pieces = ['']
  let depth = 0
  for (const token of text.match(TOKENS) ?? []) {
    if ('([{'.includes(token)) depth += 1
    if (')]}'.includes(token)) depth -= 1
    if (token === ',' && depth === 0) pieces.push('')
    else pieces.push(`${pieces.pop()}${token}`)
  }
  return pieces.map((one) => one.trim()).filter(Boolean)
}

/** Null where the text is no call. */
export function readCall(text: string): Call | null {
  const [, name, inside] = /^\s*([A-Za-z_][\w.>]*)\s*(?:\(([\s\S]*)\))?\s*$/.exec(text) ?? []
  if (!name) return null
  const found = split(inside ?? '').map((piece) => {
    const [, key, value] = /^([A-Za-z_]\w*)\s*=(?!=)\s*([\s\S]+)$/.exec(piece) ?? []
    return key && value ? { name: key, value } : { name: null, value: piece }
  })
  return { name, arguments: found }
}

export function writeCall({ name, arguments: given }: Call): string {
  return `${name}(${given.map((one) => (one.name ? `${one.name}=${one.value}` : one.value)).join(', ')})`
}

/** A resolved object, `{class_name, config}`, as a call. */
export function callOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || !('class_name' in value)) return null
  const config = 'config' in value && typeof value.config === 'object' ? (value.config ?? {}) : {}
  const given = Object.entries(config).flatMap(([name, one]) => {
    const said = sayValue(one)
    return said === null ? [] : [{ name, value: said }]
  })
  return writeCall({ name: String(value.class_name), arguments: given })
}

function sayValue(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(sayValue).join(', ')}]`
  if (typeof value !== 'object') return String(value)
  const called = callOf(value)
  return called?.endsWith('()') && /^[a-z]/.test(called) ? JSON.stringify(called.slice(0, -2)) : called
}

/** The value of an argument, by its name or by its place among `names`; empty where it is not given. */
export function argumentOf(call: Call, name: string, names: string[]): string {
  const place = names.indexOf(name)
  const given = call.arguments.find((one) => one.name === name)
  const positional = call.arguments.filter((one) => one.name === null)
  return (given ?? positional[place])?.value ?? ''
}

/** The call with another value of an argument; an empty one takes it out. */
export function withArgument(call: Call, name: string, value: string, names: string[]): Call {
  const place = names.indexOf(name)
  const positional = call.arguments.filter((one) => one.name === null)
  const named = call.arguments.filter((one) => one.name !== null && one.name !== name)
  if (place >= 0 && place < positional.length && value) {
    const kept = positional.map((one, nth) => (nth === place ? { name: null, value } : one))
    return { ...call, arguments: [...kept, ...named] }
  }
  if (place >= 0 && place < positional.length) {
    const later = positional
      .slice(place + 1)
      .map((one, nth) => ({ name: names[place + 1 + nth] ?? null, value: one.value }))
    return { ...call, arguments: [...positional.slice(0, place), ...later, ...named] }
  }
  if (!value) return { ...call, arguments: [...positional, ...named] }
  const isNext = place >= 0 && place === positional.length && named.length === 0 && place === 0
  return { ...call, arguments: [...positional, ...named, { name: isNext ? null : name, value }] }
}
