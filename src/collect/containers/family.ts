import type { MetricGroup } from './metric-groups.ts'
import type { Limits, Reading } from './reading.ts'

/** Writes one line: `extra` are labels besides those of the group, as the page has them. NaN and undefined are not written. */
export type WriteLine = (value: number | undefined, extra: string) => void

/** What a family is made of. */
export interface Measured {
  readonly reading: Reading
  readonly limits: Limits
}

/** A family of cAdvisor, with its name, help and type (lib/metrics/prometheus.go). */
export interface ContainerFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly group: MetricGroup
  readonly write: (measured: Measured, line: WriteLine) => void
}

/** Name, help, value. */
export type Row<V> = readonly [name: string, help: string, value: V]

/** Families of one value a control group. */
export function families(
  type: 'counter' | 'gauge',
  group: MetricGroup,
  rows: readonly Row<(reading: Reading) => number>[],
): ContainerFamily[] {
  return rows.map(([name, help, value]) => ({
    name,
    help,
    type,
    group,
    write: ({ reading }, line) => line(value(reading), ''),
  }))
}

/** Bounds that somebody set for a group. */
export function limits(
  group: MetricGroup,
  rows: readonly Row<(limits: Limits) => number>[],
): ContainerFamily[] {
  return rows.map(([name, help, value]) => ({
    name,
    help,
    type: 'gauge',
    group,
    write: ({ limits: of }, line) => line(value(of), ''),
  }))
}
