import { Anchor, Button, Stack, Text } from '@mantine/core'
import { IconDownload, IconPackage } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Artifact, Checkpoint } from '#client'
import { Ago } from '#shared/Ago.tsx'
import { Code } from '#shared/Code.tsx'
import { Loaded } from '#shared/Loaded.tsx'
import { formatBytes, formatMetric } from '#shared/numbers.ts'
import { checkpointsQuery } from '#shared/results.ts'
import { Section } from '#shared/Section.tsx'
import { Empty } from '#shared/States.tsx'
import { say } from '#shared/words.ts'
import { artifactsQuery, artifactTextQuery } from './queries.ts'

/** What the run leaves behind, how it is loaded, and what it could go on from. */
export function Artifacts({ runId }: { runId: string }) {
  const artifacts = useQuery(artifactsQuery(runId))
  const checkpoints = useQuery(checkpointsQuery(runId))
  return (
    <Stack gap="md">
      <Loaded query={artifacts}>{({ data }) => <Files runId={runId} files={data} />}</Loaded>
      {checkpoints.data && checkpoints.data.data.length > 0 && <Checkpoints rows={checkpoints.data.data} />}
    </Stack>
  )
}

function Files({ runId, files }: { runId: string; files: Artifact[] }) {
  if (files.length === 0) {
    return (
      <Section>
        <Empty icon={IconPackage} title={say('Nothing exported yet')}>
          {say('The saved model and the lines that load it appear here when the run has ended well.')}
        </Empty>
      </Section>
    )
  }
  const snippet = files.find((file) => file.path.endsWith('.py'))
  return (
    <>
      <Section title={say('Files')} flush aside={<Everything runId={runId} />}>
        <table className="list tight" aria-label={say('Artifacts')}>
          <tbody>
            {files.map((file) => (
              <tr key={file.path}>
                <td>
                  <Anchor href={file.href} download fz="sm" c="inherit" fw={500}>
                    {file.path}
                  </Anchor>
                </td>
                <td className="right dim">{formatBytes(file.bytes)}</td>
                <td className="mono dim" title={`sha256 ${file.sha256}`}>
                  {file.sha256.slice(0, 12)}
                </td>
                <td className="right dim">
                  <Ago at={file.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Section>
      {snippet && <Snippet runId={runId} path={snippet.path} />}
    </>
  )
}

function Everything({ runId }: { runId: string }) {
  return (
    <Button
      component="a"
      href={`/v1/runs/${runId}/artifacts.zip`}
      download
      variant="default"
      size="compact-sm"
      leftSection={<IconDownload size={14} />}
    >
      {say('Download all')}
    </Button>
  )
}

function Snippet({ runId, path }: { runId: string; path: string }) {
  const query = useQuery(artifactTextQuery(runId, path))
  return (
    <Section title={say('Load it in plain Keras')}>
      <Text fz="sm" c="dimmed" mb="sm">
        {say('The saved model takes raw rows; nothing of Horngate is needed.')}
      </Text>
      <Loaded query={query}>{(text) => <Code text={text} />}</Loaded>
    </Section>
  )
}

/** Of what use a checkpoint is: the newest is gone on from, of the others as many are kept as `fit.checkpoint` says. */
function whyKept({ name, rank }: Checkpoint): string {
  const place = rank === null ? '' : rank === 1 ? say('the best kept') : say('number {rank} of those kept', { rank })
  return name === 'last' ? [say('gone on from'), place].filter(Boolean).join(' · ') : place
}

function Checkpoints({ rows }: { rows: Checkpoint[] }) {
  return (
    <Section title={say('Checkpoints')} flush>
      <table id="checkpoints" className="list tight" aria-label={say('Checkpoints')}>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td style={{ fontWeight: 500 }}>{row.name}</td>
              <td>
                {row.step > 0
                  ? say('epoch {epoch}, {step} batches of the next', { epoch: row.epoch, step: row.step })
                  : say('epoch {epoch}', { epoch: row.epoch })}
              </td>
              <td className="dim">{whyKept(row)}</td>
              <td className="dim">
                {Object.entries(row.metrics)
                  .slice(0, 3)
                  .map(([name, value]) => `${name} ${formatMetric(value)}`)
                  .join(' · ')}
              </td>
              <td className="right dim">{formatBytes(row.bytes)}</td>
              <td className="right dim">
                <Ago at={row.created_at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
