import { Chip, Group, TextInput } from '@mantine/core'
import { parseDurationMs } from '../../../../src/model/duration.ts'
import { formatDate, formatClock } from '../../time/format-time.ts'
import styles from './alerts.module.css'

/** When a silence holds. */
export interface SilenceSpan {
  /** Undefined: from now on. */
  readonly startsAtMs: number | undefined
  /** `4h`; '' where the end is fixed. */
  readonly length: string
  readonly endsAtMs: number | undefined
}

const LENGTHS = ['1h', '4h', '1d', '1w']
const CUSTOM = 'custom'

/** When it ends; undefined while that is not said, or not after the start. */
export function endOf(span: SilenceSpan, nowMs: number): number | undefined {
  const startsAtMs = span.startsAtMs ?? nowMs
  if (span.length === '') {
    return span.endsAtMs !== undefined && span.endsAtMs > startsAtMs ? span.endsAtMs : undefined
  }
  const lengthMs = parseDurationMs(span.length)
  return lengthMs === undefined || lengthMs <= 0 ? undefined : startsAtMs + lengthMs
}

export interface SilenceTimeProps {
  readonly span: SilenceSpan
  readonly onChange: (span: SilenceSpan) => void
}

/** How long: one of the usual lengths, or a start and an end. */
export function SilenceTime({ span, onChange }: SilenceTimeProps) {
  const isCustom = span.length === '' || span.startsAtMs !== undefined
  const choose = (value: string): void => {
    if (value !== CUSTOM)
      return onChange({ startsAtMs: undefined, length: value, endsAtMs: undefined })
    const nowMs = Date.now()
    return onChange({ startsAtMs: nowMs, length: '', endsAtMs: endOf(span, nowMs) })
  }
  return (
    <fieldset className={styles['fieldset']}>
      <legend>For</legend>
      <Chip.Group value={isCustom ? CUSTOM : span.length} onChange={choose}>
        <Group gap={6}>
          {[...LENGTHS, CUSTOM].map((length) => (
            <Chip key={length} value={length} size="xs">
              {length}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {isCustom && (
        <Group grow gap="sm" mt={6}>
          <Moment
            label="From"
            valueMs={span.startsAtMs}
            onChange={(startsAtMs) => onChange({ ...span, startsAtMs })}
          />
          <Moment
            label="To"
            valueMs={span.endsAtMs}
            onChange={(endsAtMs) => onChange({ ...span, length: '', endsAtMs })}
          />
        </Group>
      )}
    </fieldset>
  )
}

interface MomentProps {
  readonly label: string
  readonly valueMs: number | undefined
  readonly onChange: (timeMs: number | undefined) => void
}

/** The browser's own field, in its own time zone. */
function Moment({ label, valueMs, onChange }: MomentProps) {
  const value =
    valueMs === undefined
      ? ''
      : `${formatDate(valueMs, 'browser')}T${formatClock(valueMs, 'browser').slice(0, 5)}`
  return (
    <TextInput
      label={label}
      type="datetime-local"
      value={value}
      onChange={(event) => {
        const timeMs = new Date(event.currentTarget.value).getTime()
        onChange(Number.isNaN(timeMs) ? undefined : timeMs)
      }}
    />
  )
}
