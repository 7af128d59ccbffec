import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type {
  AcknowledgementJson,
  AlertGroupJson,
  GettableAlertJson,
  GettableSilenceJson,
  LabelSetJson,
  TestAlertJson,
} from '../../../../src/contract/alertmanager.ts'
import type { ReceiverStateJson } from '../../../../src/contract/alert-receivers.ts'
import type { AlertRoutesJson } from '../../../../src/contract/alert-routes.ts'
import type { WhyJson } from '../../../../src/contract/alert-why.ts'
import type { RulesJson } from '../../../../src/contract/prometheus.ts'
import { formatAlertMatcher } from '../../../../src/lang/alert-matchers/print.ts'
import { ApiError, requestJson, type RequestOptions } from '../../api/client.ts'
import { getPrometheus } from '../../api/prometheus.ts'
import type { ResolvedRange } from '../../time/time-range.ts'
import { matcherParams, toJson, type MatcherDraft } from './matcher-draft.ts'

const V2 = '/api/alertmanager/api/v2'
const OWN = '/api/vedette'
const LIVE_MS = 10_000

/** Everything that alerts decide about is read anew after a change. */
const ALERTING = 'alerting'

/** Which alerts are asked for: matchers as Alertmanager writes them, a pattern of receivers. */
export interface AlertQuery {
  readonly filter?: string
  readonly receiver?: string
}

export function useAlerts(query: AlertQuery = {}) {
  return useQuery({
    queryKey: [ALERTING, 'alerts', query],
    queryFn: ({ signal }) =>
      ask<readonly GettableAlertJson[]>(`${V2}/alerts?${paramsOf(query)}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_MS,
  })
}

export function useAlertGroups(query: AlertQuery = {}) {
  return useQuery({
    queryKey: [ALERTING, 'groups', query],
    queryFn: ({ signal }) =>
      ask<readonly AlertGroupJson[]>(`${V2}/alerts/groups?${paramsOf(query)}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: LIVE_MS,
  })
}

function paramsOf({ filter = '', receiver = '' }: AlertQuery): string {
  const params = new URLSearchParams()
  for (const matcher of matcherParams(filter)) params.append('filter', matcher)
  if (receiver !== '') params.set('receiver', receiver)
  return params.toString()
}

/** Firing alerts that a silence with these matchers would hide. */
export function useMatchingAlerts(matchers: readonly MatcherDraft[]) {
  const params = new URLSearchParams()
  for (const matcher of matchers) params.append('filter', formatAlertMatcher(matcher))
  return useQuery({
    queryKey: [ALERTING, 'matching', params.toString()],
    queryFn: ({ signal }) =>
      ask<readonly GettableAlertJson[]>(`${V2}/alerts?${params}`, { signal }),
    enabled: matchers.length > 0,
    placeholderData: keepPreviousData,
  })
}

export function useAcknowledgements() {
  return useQuery({
    queryKey: [ALERTING, 'acknowledgements'],
    queryFn: ({ signal }) =>
      ask<readonly AcknowledgementJson[]>(`${OWN}/acknowledgements`, { signal }),
    refetchInterval: LIVE_MS,
  })
}

export function useSilences() {
  return useQuery({
    queryKey: [ALERTING, 'silences'],
    queryFn: ({ signal }) => ask<readonly GettableSilenceJson[]>(`${V2}/silences`, { signal }),
    refetchInterval: LIVE_MS,
  })
}

export function useReceivers() {
  return useQuery({
    queryKey: [ALERTING, 'receivers'],
    queryFn: ({ signal }) => ask<readonly ReceiverStateJson[]>(`${OWN}/receivers`, { signal }),
    refetchInterval: LIVE_MS,
  })
}

/** The routing tree; with labels (`a="b", c="d"`) also where they go. */
export function useRouteTree(labels: string) {
  const params = new URLSearchParams()
  for (const label of matcherParams(labels)) params.append('label', label)
  return useQuery({
    queryKey: [ALERTING, 'routes', labels],
    queryFn: ({ signal }) => ask<AlertRoutesJson>(`${OWN}/routes?${params}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  })
}

export function useRules() {
  return useQuery({
    queryKey: [ALERTING, 'rules'],
    queryFn: ({ signal }) => getPrometheus<RulesJson>('/rules', signal),
    refetchInterval: LIVE_MS,
  })
}

/** Why people were, or were not, told about the alert of exactly these labels. */
export function useWhy(labels: LabelSetJson, { fromMs, toMs }: ResolvedRange) {
  const params = new URLSearchParams({ from: String(fromMs / 1000), to: String(toMs / 1000) })
  for (const [name, value] of Object.entries(labels))
    params.append('filter', formatAlertMatcher({ name, op: '=', value }))
  return useQuery({
    queryKey: [ALERTING, 'why', params.toString()],
    queryFn: ({ signal }) => ask<WhyJson>(`${OWN}/alerts/why?${params}`, { signal }),
    placeholderData: keepPreviousData,
  })
}

/** The same for an alert of which only the fingerprint is known, as long as it is remembered. */
export function useWhyOf(fingerprint: string, { fromMs, toMs }: ResolvedRange) {
  const from = String(fromMs / 1000)
  const params = new URLSearchParams({ fingerprint, from, to: String(toMs / 1000) })
  return useQuery({
    queryKey: [ALERTING, 'why', params.toString()],
    queryFn: ({ signal }) => ask<WhyJson>(`${OWN}/alerts/why?${params}`, { signal }),
  })
}

/** A silence as a person wants it. */
export interface WantedSilence {
  /** Of the one that it takes the place of; '' for a new one. */
  readonly id: string
  readonly matchers: readonly MatcherDraft[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly createdBy: string
  readonly comment: string
}

export interface WantedAcknowledgement {
  readonly fingerprint: string
  readonly createdBy: string
  readonly assignee: string
  readonly comment: string
}

export interface WantedTest {
  readonly labels: LabelSetJson
  readonly annotations: LabelSetJson
  readonly receiver: string
}

/** What a person may do about alerts; what is shown is read again after each. */
export function useAlertChanges() {
  const client = useQueryClient()
  const onSuccess = () => client.invalidateQueries({ queryKey: [ALERTING] })
  return {
    silence: useMutation({
      mutationFn: ({ matchers, startsAtMs, endsAtMs, ...rest }: WantedSilence) =>
        ask<{ readonly silenceID: string }>(`${V2}/silences`, {
          body: {
            ...rest,
            matchers: matchers.map(toJson),
            startsAt: new Date(startsAtMs).toISOString(),
            endsAt: new Date(endsAtMs).toISOString(),
          },
        }),
      onSuccess,
    }),
    expire: useMutation({
      mutationFn: (id: string) =>
        ask(`${V2}/silence/${encodeURIComponent(id)}`, { method: 'DELETE' }),
      onSuccess,
    }),
    acknowledge: useMutation({
      mutationFn: (body: WantedAcknowledgement) =>
        ask<AcknowledgementJson>(`${OWN}/acknowledgements`, { body }),
      onSuccess,
    }),
    takeBack: useMutation({
      mutationFn: (fingerprint: string) =>
        ask(`${OWN}/acknowledgements/${encodeURIComponent(fingerprint)}`, { method: 'DELETE' }),
      onSuccess,
    }),
  }
}

/** Sends a test alert to one receiver. */
export function useTestAlert() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: WantedTest) => ask<TestAlertJson>(`${OWN}/test-alert`, { body }),
    onSettled: () => client.invalidateQueries({ queryKey: [ALERTING, 'receivers'] }),
  })
}

/** API v2 says what is wrong as a JSON text: people need no quotes around it. */
async function ask<T>(path: string, options: RequestOptions): Promise<T> {
  try {
    return await requestJson<T>(path, options)
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown
    throw new ApiError(thrown.status, unquote(thrown.message))
  }
}

function unquote(message: string): string {
  if (!message.startsWith('"')) return message
  try {
    return String(JSON.parse(message))
  } catch {
    return message
  }
}
