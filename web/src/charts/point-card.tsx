import { ActionIcon, Button, CopyButton, Popover } from '@mantine/core'
import { IconCheck, IconCopy, IconExternalLink } from '@tabler/icons-react'
import { TextLink } from '../shell/text-link.tsx'
import { formatDateTime } from '../time/format-time.ts'
import type { ChartPoint, PointLinkTarget } from './chart-data.ts'
import type { PickedPoint } from './chart-points.ts'
import styles from './chart.module.css'

export interface PointCardProps {
  readonly picked: PickedPoint
  readonly zone: string
  readonly format: (value: number) => string
  readonly onClose: () => void
}

/** What one point says: its labels to read, copy and follow. */
export function PointCard({ picked, zone, format, onClose }: PointCardProps) {
  const { point, xPx, yPx } = picked
  return (
    <Popover
      opened
      onChange={(isOpen) => !isOpen && onClose()}
      withArrow
      trapFocus
      shadow="md"
      // What it hangs on is a place, not a button.
      withRoles={false}
    >
      <Popover.Target>
        <span className={styles['pickedAt']} style={{ left: xPx, top: yPx }} />
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={point.title} className={styles['card'] ?? ''}>
        <div className={styles['cardHead']}>
          <strong>{point.title}</strong>
          <span>{format(point.value)}</span>
        </div>
        <div className={styles['tooltipTime']}>{formatDateTime(point.timeMs, zone)}</div>
        <PointLabels point={point} />
      </Popover.Dropdown>
    </Popover>
  )
}

function PointLabels({ point }: { readonly point: ChartPoint }) {
  return (
    <>
      <dl className={styles['cardLabels']}>
        {point.labels.map(({ name, value, isId }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value} {isId && <CopyText name={name} text={value} />}
            </dd>
          </div>
        ))}
      </dl>
      {point.links.map((link) => (
        <PointLink key={link.url} {...link} />
      ))}
    </>
  )
}

/** Our own pages are gone to; what is elsewhere is opened beside this one. */
function PointLink({ title, url, isOwnPage = false }: PointLinkTarget) {
  if (isOwnPage) return <TextLink to={url}>{title}</TextLink>
  return (
    <Button
      size="compact-xs"
      variant="light"
      mt={6}
      component="a"
      href={url}
      target="_blank"
      rel="noreferrer"
      rightSection={<IconExternalLink size={13} />}
    >
      {title}
    </Button>
  )
}

function CopyText({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <ActionIcon
          size="xs"
          variant="subtle"
          color={copied ? 'teal' : 'gray'}
          aria-label={copied ? `${name} is copied` : `Copy ${name}`}
          onClick={copy}
        >
          {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
        </ActionIcon>
      )}
    </CopyButton>
  )
}

export interface PointsTableProps {
  readonly points: readonly ChartPoint[]
  readonly zone: string
  readonly format: (value: number) => string
}

/** The points of a chart as a list, for who does not point at dots. */
export function PointsTable({ points, zone, format }: PointsTableProps) {
  return (
    <section className={styles['points']} aria-label="Exemplars">
      <h3>Exemplars</h3>
      <ul>
        {points.map((point, i) => (
          <li key={i}>
            <div className={styles['cardHead']}>
              <span>{formatDateTime(point.timeMs, zone)}</span>
              <span>{format(point.value)}</span>
            </div>
            <PointLabels point={point} />
          </li>
        ))}
      </ul>
    </section>
  )
}
