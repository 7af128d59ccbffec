import type { ContainerFamily, Row } from './family.ts'

/** The numbers are the columns of `InterfaceRow`. */
const INTERFACES: readonly Row<number>[] = [
  ['container_network_receive_bytes_total', 'Cumulative count of bytes received', 0],
  ['container_network_receive_packets_total', 'Cumulative count of packets received', 1],
  [
    'container_network_receive_packets_dropped_total',
    'Cumulative count of packets dropped while receiving',
    3,
  ],
  [
    'container_network_receive_errors_total',
    'Cumulative count of errors encountered while receiving',
    2,
  ],
  ['container_network_transmit_bytes_total', 'Cumulative count of bytes transmitted', 4],
  ['container_network_transmit_packets_total', 'Cumulative count of packets transmitted', 5],
  [
    'container_network_transmit_packets_dropped_total',
    'Cumulative count of packets dropped while transmitting',
    7,
  ],
  [
    'container_network_transmit_errors_total',
    'Cumulative count of errors encountered while transmitting',
    6,
  ],
]

export const NETWORK_FAMILIES: readonly ContainerFamily[] = INTERFACES.map(
  ([name, help, column]): ContainerFamily => ({
    name,
    help,
    type: 'counter',
    group: 'network',
    write: ({ reading }, line) => {
      for (const row of reading.interfaces) line(row.counts[column], row.labels)
    },
  }),
)
