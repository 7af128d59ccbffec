import { NoData, type CollectorKind } from '../collector.ts'
import { gauge, type FamilyHead } from '../families.ts'
import { parseCount, splitFields, splitLines } from '../fields.ts'
import { readText, readTextIfPresent } from '../files.ts'

const ENTRIES = gauge(
  'node_nf_conntrack_entries',
  'Number of currently allocated flow entries for connection tracking.',
)
const LIMIT = gauge('node_nf_conntrack_entries_limit', 'Maximum size of connection tracking table.')

const statistic = (name: string, help: string): FamilyHead =>
  gauge(`node_nf_conntrack_stat_${name}`, help)

/** By column of /proc/net/stat/nf_conntrack, which has a line a CPU, in hexadecimal. */
const STATISTICS: readonly (readonly [number, FamilyHead])[] = [
  [2, statistic('found', 'Number of searched entries which were successful.')],
  [4, statistic('invalid', 'Number of packets seen which can not be tracked.')],
  [
    5,
    statistic('ignore', 'Number of packets seen which are already connected to a conntrack entry.'),
  ],
  [8, statistic('insert', 'Number of entries inserted into the list.')],
  [
    9,
    statistic(
      'insert_failed',
      'Number of entries for which list insertion was attempted but failed.',
    ),
  ],
  [10, statistic('drop', 'Number of packets dropped due to conntrack failure.')],
  [
    11,
    statistic(
      'early_drop',
      'Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.',
    ),
  ],
  [
    16,
    statistic(
      'search_restart',
      'Number of conntrack table lookups which had to be restarted due to hashtable resizes.',
    ),
  ],
]

export const conntrack: CollectorKind = {
  name: 'conntrack',
  enabledByDefault: true,
  create: ({ options }) => {
    const { procfs } = options.paths
    const folder = `${procfs}/sys/net/netfilter`
    return (out) => {
      const count = readTextIfPresent(`${folder}/nf_conntrack_count`)
      if (count === undefined) throw new NoData('connection tracking is not loaded')
      out.add(ENTRIES, parseCount(count.trim(), 'nf_conntrack_count'))
      const limit = readText(`${folder}/nf_conntrack_max`).trim()
      out.add(LIMIT, parseCount(limit, 'nf_conntrack_max'))
      const cpus = splitLines(readText(`${procfs}/net/stat/nf_conntrack`))
        .slice(1)
        .map(splitFields)
      for (const [column, head] of STATISTICS) {
        let sum = 0
        for (const fields of cpus) sum += Number.parseInt(fields[column] ?? '0', 16)
        out.add(head, sum)
      }
    }
  },
}
