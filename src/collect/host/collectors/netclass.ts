import { existsSync, readdirSync } from 'node:fs'
import { AttributeCache } from '../attribute-cache.ts'
import { NoData, type CollectorKind } from '../collector.ts'
import { counter, gauge, type FamilyCollection, type FamilyHead } from '../families.ts'
import { toNumber } from '../fields.ts'
import { isForbidden, isMissing, readAttribute } from '../files.ts'
import { compileSearch } from '../name-filter.ts'

const UP = gauge('node_network_up', "Value is 1 if operstate is 'up', 0 otherwise.")
const INFO = gauge(
  'node_network_info',
  'Non-numeric data from /sys/class/net/<iface>, value is always 1.',
)

const property = (make: typeof gauge, name: string): FamilyHead =>
  make(`node_network_${name}`, `Network device property: ${name}`)

/** By the file of /sys/class/net/<device> (Documentation/ABI/testing/sysfs-class-net): what changes by itself. */
const LIVE_NUMBERS: readonly (readonly [string, FamilyHead])[] = [
  ['carrier', property(gauge, 'carrier')],
  ['carrier_changes', property(counter, 'carrier_changes_total')],
  ['carrier_up_count', property(counter, 'carrier_up_changes_total')],
  ['carrier_down_count', property(counter, 'carrier_down_changes_total')],
  ['dormant', property(gauge, 'dormant')],
  ['mtu', property(gauge, 'mtu_bytes')],
]

/** What only an administrator changes. */
const SET_NUMBERS: readonly (readonly [string, FamilyHead])[] = [
  ['addr_assign_type', property(gauge, 'address_assign_type')],
  ['dev_id', property(gauge, 'device_id')],
  ['iflink', property(gauge, 'iface_link')],
  ['link_mode', property(gauge, 'iface_link_mode')],
  ['name_assign_type', property(gauge, 'name_assign_type')],
  ['netdev_group', property(gauge, 'net_dev_group')],
  ['tx_queue_len', property(gauge, 'transmit_queue_length')],
  ['type', property(gauge, 'protocol_type')],
]
const FLAGS = property(gauge, 'flags')
const INDEX = property(gauge, 'iface_id')
const SPEED = property(gauge, 'speed_bytes')

/** IFF_UP of the file `flags`. */
const FLAG_UP = 1

/** Attributes are decimal, or hexadecimal after 0x. */
function parseAttribute(text: string | undefined): number | undefined {
  return text?.startsWith('0x') ? Number(text) : toNumber(text)
}

function listDevices(folder: string): string[] {
  try {
    // Regular files, such as bonding_masters, are no devices.
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isFile())
      .map((entry) => entry.name)
      .sort()
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) throw new NoData(`${folder} cannot be read`)
    throw error
  }
}

interface Link {
  readonly speed: string | undefined
  readonly duplex: string | undefined
}

function addDevice(
  out: FamilyCollection,
  path: string,
  device: string,
  link: Link,
  cache: AttributeCache,
): void {
  const read = (file: string): string | undefined => readAttribute(`${path}/${file}`)
  const index = read('ifindex')
  const readSet = cache.open(path, index)
  const labels = ['device', device]
  // A device without carrier, or one that is down, answers some of these with an error.
  const add = (head: FamilyHead, text: string | undefined): void => {
    const value = parseAttribute(text)
    if (value !== undefined) out.add(head, value, labels)
  }
  const state = read('operstate') ?? ''
  const flagsText = read('flags')
  const flags = parseAttribute(flagsText)
  const admin = flags === undefined ? 'unknown' : (flags & FLAG_UP) === 1 ? 'up' : 'down'
  out.add(UP, state === 'up' ? 1 : 0, labels)
  out.add(INFO, 1, [
    ...['address', read('address') ?? '', 'adminstate', admin],
    ...['broadcast', readSet('broadcast') ?? '', 'device', device, 'duplex', link.duplex ?? ''],
    ...['ifalias', readSet('ifalias') ?? '', 'operstate', state],
  ])
  add(FLAGS, flagsText)
  add(INDEX, index)
  for (const [file, head] of LIVE_NUMBERS) add(head, read(file))
  for (const [file, head] of SET_NUMBERS) add(head, readSet(file))
}

export const netclass: CollectorKind = {
  name: 'netclass',
  enabledByDefault: true,
  create: ({ options, slow }) => {
    const folder = `${options.paths.sysfs}/class/net`
    const { ignoredDevices, ignoreInvalidSpeed } = options.netclass
    const ignored = compileSearch('collector.netclass.ignored-devices', ignoredDevices)
    /** Speed and duplex are asked from the driver, which is slow only where there is hardware below. */
    const readLink = async (path: string, deadlineMs: number): Promise<Link> => {
      if (!existsSync(`${path}/device`)) {
        return { speed: readAttribute(`${path}/speed`), duplex: readAttribute(`${path}/duplex`) }
      }
      const speed = await slow.readAttribute(`${path}/speed`, deadlineMs)
      return { speed, duplex: await slow.readAttribute(`${path}/duplex`, deadlineMs) }
    }
    const cache = new AttributeCache()
    return async (out, deadlineMs) => {
      cache.begin()
      for (const device of listDevices(folder)) {
        if (ignored(device)) continue
        const path = `${folder}/${device}`
        const link = await readLink(path, deadlineMs)
        addDevice(out, path, device, link, cache)
        // In Mbit/s, -1 when unknown.
        const speed = toNumber(link.speed)
        if (speed !== undefined && (speed >= 0 || !ignoreInvalidSpeed)) {
          out.add(SPEED, (speed * 1000 * 1000) / 8, ['device', device])
        }
      }
    }
  },
}
