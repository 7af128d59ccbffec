import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAdjustmentsHorizontal, IconPlayerPlay, IconWand } from '@tabler/icons-react'
import { QueryEditor } from '../editor/query-editor.tsx'
import { loadLanguage } from '../editor/languages.ts'
import { Card } from '../shell/page.tsx'
import { useTime } from '../time/time-context.tsx'
import { LogsBuilder } from './logs-builder.tsx'
import { LookMenu } from './look-menu.tsx'
import { LiveButton } from './live-button.tsx'
import type { LinesLook } from './log-lines.tsx'
import type { LogsState } from './logs-state.ts'
import styles from './logs.module.css'
import { ShareButton } from './share-button.tsx'

export interface LogsQueryBarProps {
  readonly state: LogsState
  /** What is being written, until it is run and becomes the address. */
  readonly draft: string
  readonly look: LinesLook
  readonly onDraft: (text: string) => void
  readonly onRun: (text: string) => void
  readonly onChange: (change: Partial<LogsState>) => void
  /** Whether the query can be followed live. */
  readonly canFollow: boolean
}

/** The query, as text and by its parts, with what changes how its lines are shown. */
export function LogsQueryBar(props: LogsQueryBarProps) {
  const { state, draft, look, onDraft, onRun, onChange, canFollow } = props
  const time = useTime()
  const [isBuilding, builder] = useDisclosure(false)
  const icon = { size: 15 } as const
  const format = async (): Promise<void> => {
    const { format: print } = await loadLanguage('logql')
    const formatted = print(draft)
    if (formatted !== undefined) onDraft(formatted)
  }
  return (
    <Card>
      <div className={styles['query']}>
        <QueryEditor
          language="logql"
          value={draft}
          label="Query"
          onChange={onDraft}
          onRun={() => onRun(draft)}
        />
      </div>
      {isBuilding && <LogsBuilder query={draft} onDraft={onDraft} onRun={onRun} />}
      <div className={styles['toolbar']}>
        <Button leftSection={<IconPlayerPlay {...icon} />} onClick={() => onRun(draft)}>
          Run
        </Button>
        <LiveButton
          isLive={state.isLive}
          isOff={!canFollow}
          onChange={(isLive) => {
            // What was followed is part of the range that is looked at next.
            if (!isLive) time.refresh()
            onChange({ isLive, ...(isLive ? { tab: 'lines' } : {}) })
          }}
        />
        <Button
          variant="default"
          leftSection={<IconAdjustmentsHorizontal {...icon} />}
          aria-expanded={isBuilding}
          onClick={builder.toggle}
        >
          Builder
        </Button>
        <Button
          variant="default"
          className={styles['wide'] ?? ''}
          leftSection={<IconWand {...icon} />}
          onClick={() => void format()}
        >
          Format
        </Button>
        <LookMenu state={state} look={look} onChange={onChange} />
        <ShareButton />
      </div>
    </Card>
  )
}
