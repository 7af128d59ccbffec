import { NoData, type CollectorKind } from '../collector.ts'
import { counter } from '../families.ts'
import { parseCount } from '../fields.ts'
import { readTextIfPresent } from '../files.ts'

const TASKS = counter(
  'node_kernel_hung_tasks_total',
  'Total number of tasks that have been detected as hung since the system booted.',
)

export const kernelHung: CollectorKind = {
  name: 'kernel_hung',
  enabledByDefault: true,
  create: ({ options }) => {
    const path = `${options.paths.procfs}/sys/kernel/hung_task_detect_count`
    return (out) => {
      const text = readTextIfPresent(path)
      if (text === undefined) throw new NoData('this kernel does not count hung tasks')
      out.add(TASKS, parseCount(text.trim(), path))
    }
  },
}
