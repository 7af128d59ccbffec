import { messageOf } from './model/problem.ts'
import type { Core } from './core.ts'
import type { RulesView, TargetsView } from './http/prometheus/doors.ts'
import {
  isReport,
  reportOf,
  withReportedGroups,
  withReportedTargets,
  type MemberReport,
} from './http/prometheus/views/member-report.ts'
import { listReports, saveReport } from './store/metadata/cluster-reports.ts'
import type { Metadata } from './store/metadata/metadata.ts'

const TELL_EVERY_MS = 5000

/** Rule groups and targets as all members of a cluster together know them. */
export interface SharedViews {
  rules(own: RulesView): RulesView
  targets(own: TargetsView): TargetsView
  /** Begins to tell and to listen, until the program ends. */
  start(metadata: Metadata): void
}

/** `me` is the id of this member. */
export function createSharedViews(core: Core, me: string): SharedViews {
  let ownRules: RulesView | undefined
  let ownTargets: TargetsView | undefined
  let reports: readonly MemberReport[] = []
  let told = ''
  let running: Promise<void> = Promise.resolve()
  const exchange = async (metadata: Metadata): Promise<void> => {
    const report = reportOf(ownRules?.groups() ?? [], ownTargets?.activeTargets() ?? [])
    const body = JSON.stringify(report)
    if (body !== told) await saveReport(metadata, me, body)
    told = body
    const others = await listReports(metadata, me)
    reports = [...others.values()].flatMap((text) => readReport(text) ?? [])
  }
  return {
    rules(own) {
      ownRules = own
      return { groups: () => withReportedGroups(own.groups(), reports) }
    },
    targets(own) {
      ownTargets = own
      return { ...own, activeTargets: () => withReportedTargets(own.activeTargets(), reports) }
    },
    start(metadata) {
      const tell = async (): Promise<void> => {
        try {
          await exchange(metadata)
        } catch (thrown) {
          core.log.debug('members cannot tell each other how their work goes', {
            reason: messageOf(thrown),
          })
        }
      }
      const timer = setInterval(() => {
        running = running.then(tell)
      }, TELL_EVERY_MS).unref()
      core.ends.push(async () => {
        clearInterval(timer)
        await running
      })
    },
  }
}

/** Undefined for what a member of another version may have written. */
function readReport(text: string): MemberReport | undefined {
  const json: unknown = JSON.parse(text)
  return isReport(json) ? json : undefined
}
