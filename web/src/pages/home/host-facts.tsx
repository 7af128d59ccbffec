import type { LabelsJson } from '../../../../src/contract/prometheus.ts'
import { useInstant } from '../../api/use-status.ts'
import { formatValue, type Unit } from '../../format/format-value.ts'
import { firstValue } from './first-value.ts'
import styles from './home-page.module.css'

export interface HostFactsProps {
  /** Labels of its `node_uname_info`. */
  readonly host: LabelsJson
  /** A matcher for its series. */
  readonly instance: string
}

/** One line of facts about a host. */
export function HostFacts({ host, instance }: HostFactsProps) {
  const { nodename = host['instance'] ?? '', sysname = '', release = '' } = host
  return (
    <dl className={styles['facts']} aria-label={`Host ${nodename}`}>
      <div className={styles['fact']}>
        <dt>Host</dt>
        <dd title={`${sysname} ${release}`}>{nodename}</dd>
      </div>
      <Fact name="Up for" unit="seconds" expr={`time() - node_boot_time_seconds{${instance}}`} />
      <Fact
        name="CPUs"
        unit="count"
        expr={`count(node_cpu_seconds_total{${instance},mode="idle"})`}
      />
      <Fact
        name="CPU used"
        unit="percent"
        expr={`1 - avg(rate(node_cpu_seconds_total{${instance},mode="idle"}[1m]))`}
      />
      <Fact
        name="Memory used"
        unit="percent"
        expr={`1 - node_memory_MemAvailable_bytes{${instance}} / node_memory_MemTotal_bytes{${instance}}`}
      />
      <Fact
        name="Fullest disk"
        unit="percent"
        expr={`max(1 - node_filesystem_avail_bytes{${instance},fstype!~"tmpfs|ramfs"} / node_filesystem_size_bytes{${instance},fstype!~"tmpfs|ramfs"})`}
      />
    </dl>
  )
}

interface FactProps {
  readonly name: string
  readonly expr: string
  readonly unit: Unit
}

function Fact({ name, expr, unit }: FactProps) {
  const { data } = useInstant(expr)
  const value = firstValue(data)
  return (
    <div className={styles['fact']}>
      <dt>{name}</dt>
      <dd>{value === undefined ? '–' : formatValue(value, unit)}</dd>
    </div>
  )
}
