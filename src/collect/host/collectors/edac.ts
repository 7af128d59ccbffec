import type { CollectorKind } from '../collector.ts'
import { counter, type FamilyCollection } from '../families.ts'
import { isDigits, parseCount } from '../fields.ts'
import { listNamesIfPresent, listNumbered, readAttribute, readText } from '../files.ts'

const CORRECTABLE = counter(
  'node_edac_correctable_errors_total',
  'Total correctable memory errors.',
)
const UNCORRECTABLE = counter(
  'node_edac_uncorrectable_errors_total',
  'Total uncorrectable memory errors.',
)
const ROW_CORRECTABLE = counter(
  'node_edac_csrow_correctable_errors_total',
  'Total correctable memory errors for this csrow.',
)
const ROW_UNCORRECTABLE = counter(
  'node_edac_csrow_uncorrectable_errors_total',
  'Total uncorrectable memory errors for this csrow.',
)
const CHANNEL_CORRECTABLE = counter(
  'node_edac_channel_correctable_errors_total',
  'Total correctable memory errors for this channel.',
)
const CHANNEL_UNCORRECTABLE = counter(
  'node_edac_channel_uncorrectable_errors_total',
  'Total uncorrectable memory errors for this channel.',
)

const readCount = (path: string): number => parseCount(readText(path).trim(), path)

/** `CPU_SrcID#0_MC#0_Chan#0` loses its `#`, as node_exporter writes it. */
function labelOf(row: string, channel: string): string {
  const label = readAttribute(`${row}/ch${channel}_dimm_label`)
  return label === undefined
    ? 'unknown'
    : label.replaceAll('#', '').replaceAll('csrow', '_csrow').replaceAll('channel', '_channel')
}

function addRow(out: FamilyCollection, row: string, controller: string, csrow: string): void {
  const labels = ['controller', controller, 'csrow', csrow]
  out.add(ROW_CORRECTABLE, readCount(`${row}/ce_count`), labels)
  out.add(ROW_UNCORRECTABLE, readCount(`${row}/ue_count`), labels)
  for (const file of listNamesIfPresent(row)) {
    const channel = /^ch([0-9]+)_ce_count$/.exec(file)?.[1]
    if (channel === undefined) continue
    const own = ['channel', channel, ...labels, 'dimm_label', labelOf(row, channel)]
    out.add(CHANNEL_CORRECTABLE, readCount(`${row}/${file}`), own)
    const uncorrectable = readAttribute(`${row}/ch${channel}_ue_count`)
    if (uncorrectable !== undefined && isDigits(uncorrectable)) {
      out.add(CHANNEL_UNCORRECTABLE, Number(uncorrectable), own)
    }
  }
}

export const edac: CollectorKind = {
  name: 'edac',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/devices/system/edac/mc`
    return (out) => {
      for (const name of listNumbered(folder, 'mc')) {
        const path = `${folder}/${name}`
        const controller = name.slice('mc'.length)
        const labels = ['controller', controller]
        const unknown = [...labels, 'csrow', 'unknown']
        out.add(CORRECTABLE, readCount(`${path}/ce_count`), labels)
        out.add(ROW_CORRECTABLE, readCount(`${path}/ce_noinfo_count`), unknown)
        out.add(UNCORRECTABLE, readCount(`${path}/ue_count`), labels)
        out.add(ROW_UNCORRECTABLE, readCount(`${path}/ue_noinfo_count`), unknown)
        for (const row of listNumbered(path, 'csrow')) {
          addRow(out, `${path}/${row}`, controller, row.slice('csrow'.length))
        }
      }
    }
  },
}
