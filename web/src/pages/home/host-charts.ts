import type { ChartQuery } from '../../api/use-chart.ts'
import type { ChartOptions, LegendOptions } from '../../charts/chart-options.ts'
import { formatValue } from '../../format/format-value.ts'

export interface HostChart {
  readonly title: string
  readonly options: ChartOptions
  readonly legend?: LegendOptions
  readonly queries: (instance: string) => readonly ChartQuery[]
}

const SYNC = 'host'
const area = { fillOpacity: 0.14 } as const
const stacked = { stack: 'a', fillOpacity: 0.35, lineWidth: 1 } as const
const percent = { format: (value: number) => formatValue(value, 'percent') }
const bytes = { format: (value: number) => formatValue(value, 'bytes'), isBinary: true }
const bytesPerSecond = {
  format: (value: number) => formatValue(Math.abs(value), 'bytes/s'),
  isBinary: true,
}
const list: LegendOptions = { mode: 'list', calcs: ['last'] }

/** What tells at a glance how a host is, in the metrics of node_exporter, which our own collector speaks too. */
export const HOST_CHARTS: readonly HostChart[] = [
  {
    title: 'CPU',
    options: {
      syncKey: SYNC,
      left: { ...percent, min: 0, softMax: 0.1 },
      tooltip: { mode: 'all', hidesZeros: true },
    },
    legend: { mode: 'list' },
    queries: (instance) => [
      {
        expr: `sum by (mode) (rate(node_cpu_seconds_total{${instance},mode!="idle"}[1m])) / scalar(count(node_cpu_seconds_total{${instance},mode="idle"}))`,
        name: ({ mode = '' }) => mode,
        style: stacked,
      },
    ],
  },
  {
    title: 'Memory',
    options: { syncKey: SYNC, left: { ...bytes, min: 0 } },
    legend: list,
    queries: (instance) => [
      {
        expr: `node_memory_MemTotal_bytes{${instance}} - node_memory_MemAvailable_bytes{${instance}}`,
        name: 'used',
        style: area,
      },
      {
        expr: `node_memory_MemTotal_bytes{${instance}}`,
        name: 'total',
        style: { dash: [4, 4], color: '#808a96' },
      },
    ],
  },
  {
    title: 'Network',
    options: { syncKey: SYNC, left: bytesPerSecond },
    legend: list,
    queries: (instance) => [
      {
        expr: `sum(rate(node_network_receive_bytes_total{${instance},device!~"lo|veth.*|br-.*|docker.*"}[1m]))`,
        name: 'received',
        style: area,
      },
      {
        expr: `sum(rate(node_network_transmit_bytes_total{${instance},device!~"lo|veth.*|br-.*|docker.*"}[1m]))`,
        name: 'sent',
        style: { ...area, negative: true },
      },
    ],
  },
  {
    title: 'Disk',
    options: { syncKey: SYNC, left: bytesPerSecond },
    legend: list,
    queries: (instance) => [
      {
        expr: `sum(rate(node_disk_read_bytes_total{${instance}}[1m]))`,
        name: 'read',
        style: area,
      },
      {
        expr: `sum(rate(node_disk_written_bytes_total{${instance}}[1m]))`,
        name: 'written',
        style: { ...area, negative: true },
      },
    ],
  },
  {
    title: 'Load',
    options: { syncKey: SYNC, left: { min: 0, softMax: 1 } },
    legend: list,
    queries: (instance) => [
      { expr: `node_load1{${instance}}`, name: '1 min', style: area },
      { expr: `node_load5{${instance}}`, name: '5 min' },
      { expr: `node_load15{${instance}}`, name: '15 min' },
    ],
  },
]
