import { ActionIcon, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { memo, type RefObject } from 'react'
import type { AlignedData } from 'uplot'
import { runColor } from '#shared/colors.ts'
import { say } from '#shared/words.ts'
import { drawSvg, paintPng, save, writeCsv } from './exporting.ts'
import type { Line } from './groups.ts'

type Drawn = { lines: Line[]; data: AlignedData }
type Props = { name: string; axis: string; drawn: RefObject<Drawn> }

/** Take the chart along, as it is drawn at that moment: what it holds does not draw the menu anew. */
export const ExportMenu = memo(function ExportMenu({ name, axis, drawn }: Props) {
  const labels = () => drawn.current.lines.map((line) => line.label)
  const style = () => getComputedStyle(document.documentElement)
  const colors = () =>
    drawn.current.lines
      .map((line) => (line.run ? runColor(line.run) : `var(--hg-${line.role})`))
      .map((color) => resolve(color, style()))
  const drawing = () => drawSvg(name, labels(), colors(), drawn.current.data)
  const numbers = () => writeCsv(axis, labels(), drawn.current.data)
  const picture = async () => {
    const canvas = document.querySelector<HTMLCanvasElement>(`[data-chart="${CSS.escape(name)}"] canvas`)
    const blob = canvas && (await paintPng(canvas, style().getPropertyValue('--mantine-color-body')))
    if (blob) save(`${fileName(name)}.png`, blob, 'image/png')
  }
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={say('Save the chart {name}', { name })}>
          <IconDownload size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void picture()}>{say('Picture (PNG)')}</Menu.Item>
        <Menu.Item onClick={() => save(`${fileName(name)}.svg`, drawing(), 'image/svg+xml')}>
          {say('Drawing (SVG)')}
        </Menu.Item>
        <Menu.Item onClick={() => save(`${fileName(name)}.csv`, numbers(), 'text/csv')}>
          {say('Numbers (CSV)')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
})

function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '_')
}

/** A colour without the variables of this page. */
function resolve(color: string, style: CSSStyleDeclaration): string {
  return color.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim())
}
