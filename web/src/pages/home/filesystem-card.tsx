import { Progress, Text } from '@mantine/core'
import type { QueryDataJson } from '../../../../src/contract/prometheus.ts'
import { parseSample } from '../../api/chart-data-of.ts'
import { useInstant } from '../../api/use-status.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import styles from './home-page.module.css'

const MOST_SHOWN = 6
const WARN_AT = 0.8
const BAD_AT = 0.92

/** How full each file system is, the fullest first. */
export function FilesystemCard({ instance }: { readonly instance: string }) {
  const own = `${instance},fstype!~"tmpfs|ramfs|squashfs|overlay"`
  const size = useInstant(`node_filesystem_size_bytes{${own}}`)
  const free = useInstant(`node_filesystem_avail_bytes{${own}}`)
  const isPending = size.isPending || free.isPending
  const rows = rowsOf(size.data, free.data).slice(0, MOST_SHOWN)
  return (
    <Card title="File systems">
      {rows.length === 0 && !isPending && (
        <Text size="sm" c="dimmed">
          None reported
        </Text>
      )}
      <div className={styles['bars']}>
        {rows.map(({ mount, sizeBytes, freeBytes, used }) => (
          <div key={mount}>
            <div className={styles['barHead']}>
              <span>{mount}</span>
              <span>
                {formatValue(freeBytes, 'bytes')} free of {formatValue(sizeBytes, 'bytes')}
              </span>
            </div>
            <Progress
              value={used * 100}
              size="sm"
              color={used >= BAD_AT ? 'red' : used >= WARN_AT ? 'yellow' : 'accent'}
              aria-label={`${mount}: ${formatValue(used, 'percent')} used`}
            />
          </div>
        ))}
      </div>
    </Card>
  )
}

interface FilesystemRow {
  readonly mount: string
  readonly sizeBytes: number
  readonly freeBytes: number
  readonly used: number
}

function rowsOf(
  size: QueryDataJson | undefined,
  free: QueryDataJson | undefined,
): readonly FilesystemRow[] {
  const freeByMount = byMount(free)
  return [...byMount(size)]
    .flatMap(([mount, sizeBytes]) => {
      const freeBytes = freeByMount.get(mount)
      if (freeBytes === undefined || sizeBytes <= 0) return []
      return [{ mount, sizeBytes, freeBytes, used: 1 - freeBytes / sizeBytes }]
    })
    .sort((a, b) => b.used - a.used)
}

function byMount(data: QueryDataJson | undefined): ReadonlyMap<string, number> {
  if (data?.resultType !== 'vector') return new Map()
  return new Map(
    data.result.map(({ metric, value }) => [metric['mountpoint'] ?? '', parseSample(value)]),
  )
}
