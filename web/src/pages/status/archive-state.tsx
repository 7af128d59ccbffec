import type { ArchivedJson, ArchiveJson } from '../../../../src/contract/disk.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { formatDate, formatDateTime } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import styles from './status.module.css'

const NAMES = { metrics: 'Metrics', logs: 'Logs', traces: 'Traces' } as const

/** What lies on the second disk, when something went there last, and what keeps it from being used. */
export function ArchiveState({ archive }: { readonly archive: ArchiveJson }) {
  return (
    <Card title="Archive">
      <Faults {...archive} />
      <Facts {...archive} />
      {archive.signals.length > 0 && (
        <div className={styles['scroll']} role="region" aria-label="Archive by signal" tabIndex={0}>
          <table className={styles['table']}>
            <thead>
              <tr>
                <th scope="col">Of</th>
                <th scope="col">From</th>
                <th scope="col">To</th>
                <th scope="col">Rows</th>
                <th scope="col">Size</th>
              </tr>
            </thead>
            <tbody>
              {archive.signals.map((one) => (
                <SignalRow key={one.signal} of={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  )
}

function Faults({ away, awaySinceMs, fault, unreadableParts }: ArchiveJson) {
  const { zone } = useTime()
  const since = awaySinceMs === null ? '' : ` since ${formatDateTime(awaySinceMs, zone)}`
  return (
    <>
      {away !== null && (
        <p className={styles['fault']}>
          It is away{since}, and queries of its days are refused: {away}
        </p>
      )}
      {unreadableParts > 0 && (
        <p className={styles['fault']}>
          {formatValue(unreadableParts, 'count')} parts cannot be read: their objects are gone, or
          refused.
        </p>
      )}
      {fault !== null && (
        <p className={styles['fault']}>
          The last move failed at {formatDateTime(fault.atMs, zone)}: {fault.reason}
        </p>
      )}
    </>
  )
}

function Facts({ place, afterMs, movedMs, movedBytes, isHeld }: ArchiveJson) {
  const { zone } = useTime()
  return (
    <dl className={styles['facts']}>
      <dt>Where</dt>
      <dd>{place}</dd>
      {afterMs !== null && (
        <>
          <dt>Days go there</dt>
          <dd>{formatValue(afterMs / 1000, 'seconds')} after their end</dd>
        </>
      )}
      <dt>Moved last</dt>
      <dd>
        {movedMs === null ? 'nothing yet' : formatDateTime(movedMs, zone)}
        {movedBytes > 0 && `, ${formatValue(movedBytes, 'bytes')} since the start`}
        {isHeld && '. Nothing is moved while the backup of an upgrade is kept.'}
      </dd>
    </dl>
  )
}

function SignalRow({ of }: { readonly of: ArchivedJson }) {
  return (
    <tr>
      <td>{NAMES[of.signal]}</td>
      <td>{formatDate(of.fromMs, 'utc')}</td>
      <td>{formatDate(of.toMs - 1, 'utc')}</td>
      <td>{of.rows === null ? '–' : formatValue(of.rows, 'count')}</td>
      <td>{of.bytes === null ? '–' : formatValue(of.bytes, 'bytes')}</td>
    </tr>
  )
}
