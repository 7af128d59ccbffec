import { NoData, type CollectorKind } from '../collector.ts'
import { gauge, type FamilyCollection } from '../families.ts'
import { listNames, isMissing, readAttribute } from '../files.ts'

const INFO = gauge(
  'node_nvme_info',
  'Non-numeric data from /sys/class/nvme/<device>, value is always 1.',
)
const NAMESPACE_INFO = gauge(
  'node_nvme_namespace_info',
  'Information about NVMe namespaces. Value is always 1',
)
const CAPACITY = gauge(
  'node_nvme_namespace_capacity_bytes',
  'Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size',
)
const SIZE = gauge(
  'node_nvme_namespace_size_bytes',
  'Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size',
)
const USED = gauge(
  'node_nvme_namespace_used_bytes',
  'Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse',
)
const BLOCK_SIZE = gauge(
  'node_nvme_namespace_logical_block_size_bytes',
  'Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size',
)

/** `nvme0n1`, or `nvme0c0n1` with several paths to it. */
const NAMESPACE = /^nvme\d+(?:c\d+)?n(\d+)$/

function addNamespace(out: FamilyCollection, folder: string, device: string, nsid: string): void {
  const number = (file: string): number => Number(readAttribute(`${folder}/${file}`) ?? 0)
  const labels = ['device', device, 'nsid', nsid]
  const blockBytes = number('queue/logical_block_size')
  const sizeBytes = number('size') * blockBytes
  const state = readAttribute(`${folder}/ana_state`) ?? 'unknown'
  out.add(NAMESPACE_INFO, 1, ['ana_state', state, ...labels])
  out.add(CAPACITY, sizeBytes, labels)
  out.add(SIZE, sizeBytes, labels)
  out.add(USED, number('nuse') * blockBytes, labels)
  out.add(BLOCK_SIZE, blockBytes, labels)
}

export const nvme: CollectorKind = {
  name: 'nvme',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/class/nvme`
    const list = (): string[] => {
      try {
        return listNames(folder)
      } catch (error) {
        if (isMissing(error)) throw new NoData('there is no NVMe drive')
        throw error
      }
    }
    return (out) => {
      for (const device of list()) {
        const path = `${folder}/${device}`
        const get = (file: string): string => readAttribute(`${path}/${file}`) ?? ''
        out.add(INFO, 1, [
          ...['cntlid', get('cntlid'), 'device', device, 'firmware_revision', get('firmware_rev')],
          ...['model', get('model'), 'serial', get('serial'), 'state', get('state')],
        ])
        for (const name of listNames(path)) {
          const nsid = NAMESPACE.exec(name)?.[1]
          if (nsid !== undefined) addNamespace(out, `${path}/${name}`, device, nsid)
        }
      }
    }
  },
}
