import { NoData, type CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { readAttribute } from '../files.ts'

const INFO = gauge(
  'node_dmi_info',
  "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, chassis_serial, chassis_vendor, chassis_version, product_family, product_name, product_serial, product_sku, product_uuid, product_version, system_vendor if provided by DMI.",
)

/** The label has the file's name, except for one. */
const FILES = [
  ...['bios_date', 'bios_release', 'bios_vendor', 'bios_version'],
  ...['board_asset_tag', 'board_name', 'board_serial', 'board_vendor', 'board_version'],
  ...['chassis_asset_tag', 'chassis_serial', 'chassis_vendor', 'chassis_version'],
  ...['product_family', 'product_name', 'product_serial', 'product_sku', 'product_uuid'],
  ...['product_version', 'sys_vendor'],
]

export const dmi: CollectorKind = {
  name: 'dmi',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/class/dmi/id`
    /** The machine's identity does not change while it runs. */
    let labels: readonly string[] | undefined
    return (out) => {
      labels ??= FILES.flatMap((file) => {
        const value = readAttribute(`${folder}/${file}`)
        return value === undefined ? [] : [file === 'sys_vendor' ? 'system_vendor' : file, value]
      })
      if (labels.length === 0) throw new NoData('this machine has no DMI')
      out.add(INFO, 1, labels)
    }
  },
}
