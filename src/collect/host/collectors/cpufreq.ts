import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { isDigits, splitFields } from '../fields.ts'
import { listNamesIfPresent, listNumbered, readAttribute } from '../files.ts'

const FREQUENCIES = [
  ['cpuinfo_cur_freq', gauge('node_cpu_frequency_hertz', 'Current CPU thread frequency in hertz.')],
  [
    'cpuinfo_avg_freq',
    gauge('node_cpu_frequency_avg_hertz', 'Average CPU thread frequency in hertz.'),
  ],
  [
    'cpuinfo_min_freq',
    gauge('node_cpu_frequency_min_hertz', 'Minimum CPU thread frequency in hertz.'),
  ],
  [
    'cpuinfo_max_freq',
    gauge('node_cpu_frequency_max_hertz', 'Maximum CPU thread frequency in hertz.'),
  ],
  [
    'scaling_cur_freq',
    gauge('node_cpu_scaling_frequency_hertz', 'Current scaled CPU thread frequency in hertz.'),
  ],
  [
    'scaling_min_freq',
    gauge('node_cpu_scaling_frequency_min_hertz', 'Minimum scaled CPU thread frequency in hertz.'),
  ],
  [
    'scaling_max_freq',
    gauge('node_cpu_scaling_frequency_max_hertz', 'Maximum scaled CPU thread frequency in hertz.'),
  ],
] as const

const GOVERNOR = gauge('node_cpu_scaling_governor', 'Current enabled CPU frequency governor.')

/** Files that make the CPU measure itself, which takes up to 20 ms on some kernels. */
const MEASURED = /_(?:cur|avg)_freq$/

export const cpufreq: CollectorKind = {
  name: 'cpufreq',
  enabledByDefault: true,
  create: ({ options, slow }) => {
    const folder = `${options.paths.sysfs}/devices/system/cpu`
    return async (out, deadlineMs) => {
      for (const name of listNumbered(folder, 'cpu')) {
        const path = `${folder}/${name}/cpufreq`
        const files = new Set(listNamesIfPresent(path))
        const cpu = name.slice('cpu'.length)
        for (const [file, head] of FREQUENCIES) {
          if (!files.has(file)) continue
          const text = MEASURED.test(file)
            ? await slow.readAttribute(`${path}/${file}`, deadlineMs)
            : readAttribute(`${path}/${file}`)
          if (text !== undefined && isDigits(text)) out.add(head, Number(text) * 1000, ['cpu', cpu])
        }
        const governor = files.size > 0 ? readAttribute(`${path}/scaling_governor`) : undefined
        if (governor === undefined || governor === '') continue
        for (const each of splitFields(
          readAttribute(`${path}/scaling_available_governors`) ?? '',
        )) {
          out.add(GOVERNOR, each === governor ? 1 : 0, ['cpu', cpu, 'governor', each])
        }
      }
    }
  },
}
