import { readFile } from 'node:fs/promises'
import type { ProvisionedDatasource } from '../../dashboards/datasources.ts'
import type { DashboardsPart } from '../../dashboards/provisioning/dashboards-part.ts'
import { scanFolder } from '../../dashboards/provisioning/scan-folder.ts'
import type { Panel } from '../../lang/dashboard/model.ts'
import { readDashboard } from '../../lang/dashboard/read-dashboard.ts'
import { messageOf } from '../../model/problem.ts'
import { tallyItems, type Diagnosis, type Finding, type Item, type Verdict } from './finding.ts'

/** Larger files are no dashboards. */
const MAX_FILE_BYTES = 16 * 1024 * 1024

/** What the panels of dashboards ask for, beside how they are supported. */
export interface ExaminedDashboards extends Diagnosis {
  /** Expressions of all panels, with variables in them. */
  readonly expressions: readonly string[]
}

/** Reads every dashboard that a configuration provides, as the server would. */
export async function examineDashboards({
  providers,
  datasources,
}: Pick<DashboardsPart, 'providers' | 'datasources'>): Promise<ExaminedDashboards> {
  const findings: Finding[] = [...datasources.flatMap(judgeSource)]
  const expressions: string[] = []
  const items: Item[] = []
  for (const folder of new Set(providers.flatMap(({ paths }) => paths))) {
    const { files, faults } = await scanFolder(folder)
    for (const { file, message } of faults) {
      findings.push({ area: 'dashboards', gravity: 'advice', place: file, text: message })
    }
    for (const { file, sizeBytes } of files) {
      if (sizeBytes > MAX_FILE_BYTES) continue
      const read = await examineDashboard(file)
      findings.push(...read.findings)
      expressions.push(...read.expressions)
      items.push(...read.items)
    }
  }
  return { findings, tallies: tallyItems(items, 'panel'), items, expressions }
}

/** Types of sources that hold no metrics, logs or traces. */
const SQL =
  /^(?:grafana-)?(?:postgres(?:ql)?|mysql|mssql|sqlite|influxdb|elasticsearch|cloudwatch|clickhouse)/i

function judgeSource({ name, type }: ProvisionedDatasource): Finding[] {
  if (!SQL.test(type)) return []
  return [
    {
      area: 'dashboards',
      gravity: 'advice',
      place: `data source ${name}`,
      verdict: 'ignored',
      text: `${type} is not asked: panels of it stay empty. Vedette reads Prometheus, Loki, Tempo and Alertmanager`,
    },
  ]
}

interface ExaminedDashboard {
  readonly findings: readonly Finding[]
  readonly expressions: readonly string[]
  readonly items: readonly Item[]
}

async function examineDashboard(file: string): Promise<ExaminedDashboard> {
  try {
    const { dashboard, report } = readDashboard(await readFile(file, 'utf8'))
    const all = dashboard.panels.flatMap(withInner).filter(({ type }) => type !== 'row')
    const findings = report.unsupported.map(({ kind, name, panelTitle, reason }): Finding => {
      const panel = panelTitle === undefined ? '' : `, panel ${panelTitle}`
      return {
        area: 'dashboards',
        gravity: 'advice',
        place: `${file}: ${dashboard.title}${panel}`,
        text: `${kind} ${name}: ${reason}`,
        verdict: verdictOf(kind),
      }
    })
    const items = all.map((panel): Item => {
      const own = report.unsupported.filter(({ panelId }) => panelId === panel.id)
      const place = `${file}: ${dashboard.title}`
      const verdicts = own.map(({ kind }) => verdictOf(kind))
      return {
        ...{ area: 'dashboards', what: 'panel', place, name: panel.title },
        verdict: verdicts.includes('ignored') ? 'ignored' : (verdicts[0] ?? 'supported'),
        why: own.map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`).join('; '),
      }
    })
    return { findings, expressions: all.flatMap(expressionsOf), items }
  } catch (thrown) {
    const text = messageOf(thrown)
    const item = {
      area: 'dashboards',
      what: 'panel',
      place: file,
      name: '',
      verdict: 'wrong',
      why: text,
    } as const
    return {
      findings: [{ area: 'dashboards', gravity: 'fault', place: file, text, verdict: 'wrong' }],
      ...{ expressions: [], items: [item] },
    }
  }
}

/** A panel without its type or its source shows nothing; without a transformation it shows something else. */
function verdictOf(kind: string): Verdict {
  return kind === 'panel type' || kind === 'datasource' ? 'ignored' : 'changed'
}

function withInner(panel: Panel): readonly Panel[] {
  return [panel, ...(panel.panels ?? []).flatMap(withInner)]
}

function expressionsOf({ targets }: Panel): readonly string[] {
  return targets.flatMap(({ query }) => {
    const expr = query['expr']
    return typeof expr === 'string' ? [expr] : []
  })
}
