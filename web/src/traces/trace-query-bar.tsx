import { Button, NativeSelect, TextInput } from '@mantine/core'
import { IconAdjustmentsHorizontal, IconArrowRight, IconPlayerPlay } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState, type SubmitEvent } from 'react'
import { tracePath } from '../api/trace-series.ts'
import { QueryEditor } from '../editor/query-editor.tsx'
import { ShareButton } from '../logs/share-button.tsx'
import { keepTime } from '../shell/keep-time.ts'
import { Card } from '../shell/page.tsx'
import { readTraceId } from './trace-id.ts'
import { TraceFormView } from './trace-form-view.tsx'
import { LIMITS, type TracesState } from './traces-state.ts'
import styles from './traces.module.css'

export interface TraceQueryBarProps {
  readonly state: TracesState
  /** What is being written, until it is run and becomes the address. */
  readonly draft: string
  readonly onDraft: (query: string) => void
  readonly onRun: (query: string) => void
  readonly onChange: (change: Partial<TracesState>) => void
}

/** The query, by its parts and as TraceQL, and a way to a trace whose id one knows. */
export function TraceQueryBar({ state, draft, onDraft, onRun, onChange }: TraceQueryBarProps) {
  const isBuilding = state.showsForm === true
  return (
    <Card>
      {isBuilding && <TraceFormView query={draft} onDraft={onDraft} onRun={onRun} />}
      <div className={styles['editor']}>
        <QueryEditor
          language="traceql"
          value={draft}
          label="TraceQL"
          onChange={onDraft}
          onRun={() => onRun(draft)}
        />
      </div>
      <div className={styles['toolbar']}>
        <Button leftSection={<IconPlayerPlay size={15} />} onClick={() => onRun(draft)}>
          Search
        </Button>
        <Button
          variant="default"
          leftSection={<IconAdjustmentsHorizontal size={15} />}
          aria-expanded={isBuilding}
          onClick={() => onChange({ showsForm: !isBuilding })}
        >
          Form
        </Button>
        <NativeSelect
          size="xs"
          aria-label="Most traces"
          data={LIMITS.map((limit) => ({ value: String(limit), label: `${limit} traces` }))}
          value={String(state.limit)}
          onChange={({ currentTarget }) => {
            const limit = LIMITS.find((known) => String(known) === currentTarget.value)
            if (limit !== undefined) onChange({ limit })
          }}
        />
        <ShareButton />
        <OpenById />
      </div>
    </Card>
  )
}

function OpenById() {
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const id = readTraceId(text)
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (id !== undefined) void navigate({ to: tracePath(id), search: keepTime })
  }
  return (
    <form className={styles['byId']} onSubmit={submit}>
      <TextInput
        aria-label="Trace id"
        placeholder="Trace id"
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button
        type="submit"
        variant="default"
        disabled={id === undefined}
        rightSection={<IconArrowRight size={14} />}
      >
        Open
      </Button>
    </form>
  )
}
