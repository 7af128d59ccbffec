import { Text } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconInfoCircle } from '@tabler/icons-react'
import type { ImportReportJson } from '../../../../src/contract/dashboards.ts'
import styles from './dashboards.module.css'

/** What of a dashboard is not as its file says. */
export function ImportReport({ report }: { readonly report: ImportReportJson }) {
  const { unsupported, migrated, bound, schemaVersion } = report
  return (
    <div className={styles['report']}>
      <Text size="sm">
        {unsupported.length === 0 ? (
          <IconCheck size={15} className={styles['good']} aria-hidden />
        ) : (
          <IconAlertTriangle size={15} className={styles['warn']} aria-hidden />
        )}{' '}
        {unsupported.length === 0
          ? 'All of it is supported.'
          : `${unsupported.length} ${unsupported.length === 1 ? 'thing is' : 'things are'} not supported; each says so in its place.`}
      </Text>
      {unsupported.length > 0 && (
        <ul className={styles['reportList']} aria-label="Not supported">
          {unsupported.map(({ kind, name, panelTitle, reason }, i) => (
            <li key={i}>
              <strong>
                {kind} {name}
              </strong>
              {panelTitle !== undefined && panelTitle !== '' ? ` in “${panelTitle}”` : ''}: {reason}
            </li>
          ))}
        </ul>
      )}
      {bound.map(({ name, value }) => (
        <Text key={name} size="sm" c="dimmed">
          <IconInfoCircle size={14} aria-hidden /> {name} is {value}.
        </Text>
      ))}
      {migrated.length > 0 && (
        <Text size="sm" c="dimmed">
          <IconInfoCircle size={14} aria-hidden /> {describeMigrated(migrated)}
          {schemaVersion > 0 ? ` The file is of version ${schemaVersion}.` : ''}
        </Text>
      )}
    </div>
  )
}

/** `12 panels were brought up to date: graph to timeseries (10), singlestat to stat (2).` */
function describeMigrated(migrated: ImportReportJson['migrated']): string {
  const counts = new Map<string, number>()
  for (const { from, to } of migrated) {
    const pair = `${from} to ${to}`
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  const listed = [...counts].map(([pair, count]) => `${pair} (${count})`).join(', ')
  return migrated.length === 1
    ? `One panel was brought up to date: ${[...counts.keys()].join()}.`
    : `${migrated.length} panels were brought up to date: ${listed}.`
}
