import {
  ActionIcon,
  Button,
  Group,
  Menu,
  Popover,
  Select,
  Stack,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core'
import {
  IconChevronLeft,
  IconChevronRight,
  IconClock,
  IconRefresh,
  IconZoomOut,
} from '@tabler/icons-react'
import { useState, type SubmitEvent } from 'react'
import { parseTime } from './date-math.ts'
import { describeZone, formatDateTime } from './format-time.ts'
import { formatRefresh, useTime, type TimeModel } from './time-context.tsx'
import styles from './time-picker.module.css'
import { useTimeShortcuts } from './time-shortcuts.ts'
import { describeRange, QUICK_RANGES, resolveRange, type TimeRange } from './time-range.ts'
import type { TimeZone } from './zone.ts'

/** Range, shift, zoom, refresh and time zone. */
export function TimePicker() {
  const time = useTime()
  useTimeShortcuts()
  return (
    <Group gap={4} wrap="nowrap" className={styles['bar']} role="group" aria-label="Time range">
      <IconButton label="Earlier (t ←)" onClick={() => time.shift(-1)} wide>
        <IconChevronLeft size={16} />
      </IconButton>
      <RangeButton time={time} />
      <IconButton label="Later (t →)" onClick={() => time.shift(1)} wide>
        <IconChevronRight size={16} />
      </IconButton>
      <IconButton label="Zoom out (t z)" onClick={() => time.zoomOut()} wide>
        <IconZoomOut size={16} />
      </IconButton>
      <RefreshButton time={time} />
    </Group>
  )
}

interface IconButtonProps {
  readonly label: string
  readonly onClick: () => void
  /** Left out where the screen is narrow. */
  readonly wide?: boolean
  readonly children: React.ReactNode
}

function IconButton({ label, onClick, wide, children }: IconButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size={30}
        aria-label={label}
        onClick={onClick}
        {...(wide === true ? { visibleFrom: 'sm' } : {})}
      >
        {children}
      </ActionIcon>
    </Tooltip>
  )
}

function RangeButton({ time }: { readonly time: TimeModel }) {
  const [isOpen, setOpen] = useState(false)
  const name = describeRange(time.range, time.zone)
  const close = (): void => setOpen(false)
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" shadow="md" trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-md"
          h={30}
          leftSection={<IconClock size={15} />}
          aria-label={`Time range: ${name}`}
          onClick={() => setOpen(!isOpen)}
        >
          <span className={styles['name']}>{name}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={styles['dropdown']} aria-label="Choose a time range">
        <AbsoluteRange time={time} onDone={close} />
        <QuickRanges time={time} onDone={close} />
      </Popover.Dropdown>
    </Popover>
  )
}

interface PartProps {
  readonly time: TimeModel
  readonly onDone: () => void
}

function QuickRanges({ time, onDone }: PartProps) {
  const isCurrent = ({ from, to }: TimeRange): boolean =>
    from === time.range.from && to === time.range.to
  return (
    <div className={styles['quick']}>
      {QUICK_RANGES.map(({ label, range }) => (
        <button
          key={label}
          type="button"
          className={styles['quickItem']}
          aria-pressed={isCurrent(range)}
          onClick={() => {
            time.setRange(range)
            onDone()
          }}
        >
          {label}
        </button>
      ))}
    </div>
  )
}

function AbsoluteRange({ time, onDone }: PartProps) {
  const { zone } = time
  const shown = (text: string): string => {
    const timeMs = /^\d+$/.test(text) ? Number(text) : undefined
    return timeMs === undefined ? text : formatDateTime(timeMs, zone)
  }
  const [from, setFrom] = useState(shown(time.range.from))
  const [to, setTo] = useState(shown(time.range.to))
  const [nowMs] = useState(() => Date.now())
  const fault = (text: string): string | false =>
    parseTime(text, { nowMs, zone, roundsUp: false }) === undefined &&
    'Such as now-6h, now-1d/d or 2026-11-20 14:00'
  const isEmpty =
    fault(from) === false &&
    fault(to) === false &&
    resolveRange({ from, to }, nowMs, zone) === undefined
  const apply = (event: SubmitEvent): void => {
    event.preventDefault()
    if (fault(from) !== false || fault(to) !== false || isEmpty) return
    time.setRange({ from: toUrl(from, zone), to: toUrl(to, zone) })
    onDone()
  }
  return (
    <form onSubmit={apply} className={styles['absolute']}>
      <Stack gap="sm">
        <TextInput
          label="From"
          value={from}
          error={fault(from)}
          onChange={(event) => setFrom(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="To"
          value={to}
          error={fault(to) || (isEmpty && 'Must be after “From”')}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
        <Button type="submit">Apply</Button>
        <ZoneSelect time={time} />
      </Stack>
    </form>
  )
}

/** Dates become milliseconds, so that a link means the same to a reader in another zone. */
function toUrl(text: string, zone: TimeZone): string {
  if (text.trim().startsWith('now')) return text.trim()
  return String(parseTime(text, { nowMs: 0, zone, roundsUp: false }) ?? text)
}

function ZoneSelect({ time }: { readonly time: TimeModel }) {
  const names = Intl.supportedValuesOf('timeZone')
  return (
    <>
      <Select
        label="Time zone"
        searchable
        allowDeselect={false}
        limit={60}
        value={time.zone}
        comboboxProps={{ withinPortal: false }}
        data={[
          { value: 'browser', label: 'This browser’s' },
          { value: 'utc', label: 'UTC' },
          ...names.map((name) => ({ value: name, label: name })),
        ]}
        onChange={(value) => value !== null && time.setZone(value)}
      />
      <Text size="xs" c="dimmed">
        {describeZone(time.zone, time.resolved.toMs)}
      </Text>
    </>
  )
}

const REFRESHES_MS: readonly number[] = [5, 10, 15, 30, 60, 300, 900, 1800, 3600].map(
  (seconds) => seconds * 1000,
)

function RefreshButton({ time }: { readonly time: TimeModel }) {
  const chosen = time.refreshMs === 0 ? 'Off' : formatRefresh(time.refreshMs)
  return (
    <Group gap={0} wrap="nowrap">
      <Tooltip label="Refresh now (d r)">
        <ActionIcon
          variant="default"
          size={30}
          aria-label="Refresh now"
          className={styles['refresh']}
          onClick={() => time.refresh()}
        >
          <IconRefresh size={16} />
        </ActionIcon>
      </Tooltip>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            variant="default"
            size="compact-md"
            h={30}
            px={8}
            className={styles['every']}
            aria-label={`Refresh by itself: ${chosen}`}
          >
            {chosen}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => time.setRefreshMs(0)}>Off</Menu.Item>
          {REFRESHES_MS.map((ms) => (
            <Menu.Item key={ms} onClick={() => time.setRefreshMs(ms)}>
              Every {formatRefresh(ms)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </Group>
  )
}
