import { ActionIcon, Menu, Tooltip } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { FORMATS, saveLines } from './download-lines.ts'
import type { LogLine } from './log-line.ts'

const NAMES = { txt: 'Text', json: 'JSON', csv: 'CSV' } as const

/** Saves the lines that are shown. */
export function DownloadMenu({ lines }: { readonly lines: readonly LogLine[] }) {
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Tooltip label="Download these lines">
          <ActionIcon
            variant="default"
            size={26}
            aria-label="Download these lines"
            disabled={lines.length === 0}
          >
            <IconDownload size={15} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map((format) => (
          <Menu.Item key={format} onClick={() => saveLines(lines, format)}>
            {NAMES[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
