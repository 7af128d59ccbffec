import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { formatFault } from '../yaml/fault.ts'
import type { Exit } from './program.ts'

/** `vedette check config`. */
export function addCheck(program: Command, exit: Exit): void {
  program
    .command('check')
    .description('look at files without starting anything')
    .command('config')
    .description('read configuration files as start would; exit code 1 when one is wrong')
    .argument('<file...>', 'vedette.yml, prometheus.yml, or a folder that holds them')
    .action((files: string[]) => {
      for (const path of files) {
        const loaded = loadConfig({ path, flags: {}, env: process.env })
        const faults = loaded.ok ? loaded.warnings : loaded.faults
        for (const fault of faults) {
          const severity = fault.severity === 'warning' ? 'warning: ' : ''
          process.stdout.write(`${severity}${formatFault(fault)}\n`)
        }
        if (!loaded.ok) exit.code = 1
        else {
          const { scrapeConfigs, ruleFiles } = loaded.config.prometheus
          process.stdout.write(`${path}: good (${scrapeConfigs.length} jobs, ${ruleFiles.length} patterns of rule files)\n`)
        }
      }
    })
}
