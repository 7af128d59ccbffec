import { networkInterfaces } from 'node:os'
import type { CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyCollection, type FamilyHead } from '../families.ts'
import { isDigits, parseCount, splitFields, splitLines } from '../fields.ts'
import { listNamesIfPresent, readAttribute, readText } from '../files.ts'
import { compileFilter } from '../name-filter.ts'

/** The columns of /proc/net/dev, receive first (net/core/net-procfs.c, dev_seq_printf_stats). */
const COLUMNS = [
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'].map(
    (name) => `receive_${name}`,
  ),
  ...['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'].map(
    (name) => `transmit_${name}`,
  ),
]

const makeHead = (name: string): FamilyHead =>
  counter(`node_network_${name}_total`, `Network device statistic ${name}.`)

const HEADS = COLUMNS.map(makeHead)
const NO_HANDLER = makeHead('receive_nohandler')

/** With detailed metrics, the files of `statistics/`, whose names say rx and tx; `rx_packets` is `receive_packets`. */
const DETAILED: readonly (readonly [string, FamilyHead])[] = [
  ...['bytes', 'packets', 'errors', 'dropped', 'length_errors', 'over_errors', 'crc_errors'],
  ...['frame_errors', 'fifo_errors', 'missed_errors', 'compressed', 'nohandler'],
]
  .map((name): readonly [string, FamilyHead] => [`rx_${name}`, makeHead(`receive_${name}`)])
  .concat(
    [
      ...['bytes', 'packets', 'errors', 'dropped', 'aborted_errors', 'carrier_errors'],
      ...['fifo_errors', 'heartbeat_errors', 'window_errors', 'compressed'],
    ].map((name): readonly [string, FamilyHead] => [`tx_${name}`, makeHead(`transmit_${name}`)]),
    [
      ['multicast', makeHead('multicast')],
      ['collisions', makeHead('collisions')],
    ],
  )

const ADDRESS = gauge('node_network_address_info', 'node network address by device')

/** Go's net.IP methods, in the order in which node_exporter asks them. */
function scopeOf(address: string): string {
  const first = address.split(':', 1)[0] ?? ''
  if (address.includes('.') && !address.includes(':')) {
    return /^(?:127\.|169\.254\.|224\.0\.0\.)/.test(address) ? 'link-local' : 'global'
  }
  return address === '::1' || /^fe[89ab]/i.test(first) || /^ff02$/i.test(first)
    ? 'link-local'
    : 'global'
}

function addAddresses(out: FamilyCollection, ignored: (name: string) => boolean): void {
  for (const [device, addresses] of Object.entries(networkInterfaces())) {
    if (ignored(device)) continue
    for (const { address, cidr } of addresses ?? []) {
      const netmask = cidr?.split('/')[1] ?? ''
      out.add(ADDRESS, 1, [
        ...['address', address, 'device', device, 'netmask', netmask],
        ...['scope', scopeOf(address)],
      ])
    }
  }
}

/** A line of /proc/net/dev after its two header lines: the name, a colon, and numbers that may follow without a space. */
function addCounters(
  out: FamilyCollection,
  path: string,
  fields: readonly string[],
  labels: readonly string[],
): void {
  for (let i = 0; i < HEADS.length; i++) {
    out.add(HEADS[i] as FamilyHead, parseCount(fields[i], `${path}: ${labels[1] ?? ''}`), labels)
  }
}

export const netdev: CollectorKind = {
  name: 'netdev',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/net/dev`
    const sysfs = `${options.paths.sysfs}/class/net`
    const ignored = compileFilter('collector.netdev.device', options.netdev.devices)
    const { addressInfo, detailedMetrics, labelIfAlias } = options.netdev

    const labelsOf = (device: string): string[] =>
      labelIfAlias
        ? ['device', device, 'ifalias', readAttribute(`${sysfs}/${device}/ifalias`) ?? '']
        : ['device', device]
    const addFile = (out: FamilyCollection, head: FamilyHead, labels: string[], file: string) => {
      const text = readAttribute(`${sysfs}/${labels[1] ?? ''}/statistics/${file}`)
      if (text !== undefined && isDigits(text)) out.add(head, Number(text), labels)
    }
    const addFromProc = (out: FamilyCollection): void => {
      for (const line of splitLines(readText(path)).slice(2)) {
        const colon = line.lastIndexOf(':')
        const device = line.slice(0, colon).trim()
        if (colon < 0 || ignored(device)) continue
        const labels = labelsOf(device)
        addCounters(out, path, splitFields(line.slice(colon + 1)), labels)
        // The only counter that rtnetlink has and /proc/net/dev has not.
        addFile(out, NO_HANDLER, labels, 'rx_nohandler')
      }
    }
    const addFromSys = (out: FamilyCollection): void => {
      for (const device of listNamesIfPresent(sysfs)) {
        if (ignored(device)) continue
        const labels = labelsOf(device)
        for (const [file, head] of DETAILED) addFile(out, head, labels, file)
      }
    }
    return (out) => {
      if (detailedMetrics) addFromSys(out)
      else addFromProc(out)
      if (addressInfo) addAddresses(out, ignored)
    }
  },
}
