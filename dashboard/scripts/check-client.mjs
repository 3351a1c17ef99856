// Regenerates the client beside the committed one and fails where they differ: `npm run client` then mends it.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@hey-api/openapi-ts'
import config from '../openapi-ts.config.ts'

const committed = new URL('../src/client', import.meta.url).pathname

function read(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map((file) => {
      const path = join(file.parentPath, file.name)
      return [path.slice(folder.length), readFileSync(path, 'utf8')]
    }),
  )
}

const fresh = mkdtempSync(join(tmpdir(), 'client-'))
try {
  await createClient({ ...(await config), output: { path: fresh }, logs: { level: 'silent' } })
  const [before, after] = [read(committed), read(fresh)]
  const paths = new Set([...before.keys(), ...after.keys()])
  const drifted = [...paths].filter((path) => before.get(path) !== after.get(path))
  if (drifted.length > 0) {
    console.error(
      `src/client is not what openapi.json says (${drifted.join(', ')}).\nRun \`make client\` and commit the result.`,
    )
    process.exitCode = 1
  }
} finally {
  rmSync(fresh, { recursive: true, force: true })
}
