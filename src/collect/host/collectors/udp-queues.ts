import { NoData, type CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { readTextIfPresent } from '../files.ts'

const QUEUES = gauge(
  'node_udp_queues',
  'Number of allocated memory in the kernel for UDP datagrams in bytes.',
)

/** `tx_queue:rx_queue` is the fifth column of /proc/net/udp, eight hexadecimal digits each. */
const PAIR = /^\s*\d+: \S+ \S+ \S+ ([0-9A-F]{8}):([0-9A-F]{8})/

/** Adds up both queues of all sockets. */
function sumQueues(text: string): { tx: number; rx: number } {
  let tx = 0
  let rx = 0
  for (const line of text.split('\n')) {
    const found = PAIR.exec(line)
    if (!found) continue
    tx += Number.parseInt(found[1] as string, 16)
    rx += Number.parseInt(found[2] as string, 16)
  }
  return { tx, rx }
}

export const udpQueues: CollectorKind = {
  name: 'udp_queues',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.procfs}/net`
    return (out) => {
      let found = false
      for (const [file, ip] of [
        ['udp', 'v4'],
        ['udp6', 'v6'],
      ] as const) {
        const text = readTextIfPresent(`${folder}/${file}`)
        if (text === undefined) continue
        found = true
        const { tx, rx } = sumQueues(text)
        out.add(QUEUES, tx, ['ip', ip, 'queue', 'tx'])
        out.add(QUEUES, rx, ['ip', ip, 'queue', 'rx'])
      }
      if (!found) throw new NoData('there is no UDP')
    }
  },
}
