import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { readAttribute, readTextIfPresent } from '../files.ts'

const ENABLED = gauge('node_selinux_enabled', 'SELinux is enabled, 1 is true, 0 is false')
const CONFIG_MODE = gauge('node_selinux_config_mode', 'Configured SELinux enforcement mode')
const CURRENT_MODE = gauge('node_selinux_current_mode', 'Current SELinux enforcement mode')

/** `SELINUX=` of /etc/selinux/config. */
const MODES: Readonly<Record<string, number>> = { enforcing: 1, permissive: 0, disabled: -1 }

export const selinux: CollectorKind = {
  name: 'selinux',
  enabledByDefault: true,
  create: ({ options }) => {
    const { sysfs, rootfs } = options.paths
    return (out) => {
      // selinuxfs is mounted exactly where the module is active.
      const enforce = readAttribute(`${sysfs}/fs/selinux/enforce`)
      out.add(ENABLED, enforce === undefined ? 0 : 1)
      if (enforce === undefined) return
      const config = readTextIfPresent(`${rootfs}/etc/selinux/config`) ?? ''
      const mode = /^\s*SELINUX=(\w+)/m.exec(config)?.[1] ?? 'disabled'
      out.add(CONFIG_MODE, MODES[mode.toLowerCase()] ?? -1)
      out.add(CURRENT_MODE, enforce === '1' ? 1 : 0)
    }
  },
}
