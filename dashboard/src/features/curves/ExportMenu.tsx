import { ActionIcon, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import type { AlignedData } from 'uplot'
import { runColor } from '#shared/colors.ts'
import { say } from '#shared/words.ts'
import { drawSvg, paintPng, save, writeCsv } from './exporting.ts'
import type { Line } from './groups.ts'

type Props = { name: string; axis: string; lines: Line[]; data: AlignedData }

/** Take the chart along. */
export function ExportMenu({ name, axis, lines, data }: Props) {
  const labels = lines.map((line) => line.label)
  const style = () => getComputedStyle(document.documentElement)
  const colors = () =>
    lines
      .map((line) => (line.run ? runColor(line.run) : `var(--hg-${line.role})`))
      .map((color) => resolve(color, style()))
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
        <Menu.Item
          onClick={() => save(`${fileName(name)}.svg`, drawSvg(name, labels, colors(), data), 'image/svg+xml')}
        >
          {say('Drawing (SVG)')}
        </Menu.Item>
        <Menu.Item onClick={() => save(`${fileName(name)}.csv`, writeCsv(axis, labels, data), 'text/csv')}>
          {say('Numbers (CSV)')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function fileName(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '_')
}

/** A colour without the variables of this page. */
function resolve(color: string, style: CSSStyleDeclaration): string {
  return color.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => style.getPropertyValue(name).trim())
}
