import type { AuditEntryJson } from '../../../../src/contract/access.ts'
import { useAudit } from '../../api/accounts.ts'
import { ApiError } from '../../api/client.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatWhen } from '../../time/format-time.ts'
import { useTime } from '../../time/time-context.tsx'
import { TimePicker } from '../../time/time-picker.tsx'
import { StatusFrame } from './status-frame.tsx'
import styles from './status.module.css'

/** Who did what, the newest first. */
export function AuditPage() {
  const { resolved } = useTime()
  const { data, error } = useAudit(resolved)
  const isAbsent = error instanceof ApiError && error.status === 404
  return (
    <StatusFrame title="Audit" actions={<TimePicker />}>
      <Card isFlush>
        {isAbsent && <EmptyState title="This server keeps no audit log" />}
        {error !== null && !isAbsent && <ErrorState error={error} />}
        {!data && error === null && <LoadingState />}
        {data?.length === 0 && <EmptyState title="Nothing happened in this range" />}
        {data && data.length > 0 && <AuditTable entries={data} />}
      </Card>
    </StatusFrame>
  )
}

function AuditTable({ entries }: { readonly entries: readonly AuditEntryJson[] }) {
  const { zone } = useTime()
  return (
    <div className={styles['scroll']} role="region" aria-label="Audit log" tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Of</th>
            <th scope="col">From</th>
            <th scope="col">Details</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td className={styles['nowrap']}>{formatWhen(entry.atMs, zone)}</td>
              <td>{entry.actor}</td>
              <td className={entry.failed ? styles['fault'] : undefined}>
                {entry.action}
                {entry.failed && ' (refused)'}
              </td>
              <td className={styles['url']}>{entry.target}</td>
              <td>{entry.address}</td>
              <td className={styles['url']}>{entry.details}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
