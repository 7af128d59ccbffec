import { useQuery } from '@tanstack/react-query'
import { useParams, useRouterState } from '@tanstack/react-router'
import { useEffect, useMemo, useRef } from 'react'
import type { RunbookJson } from '../../../src/contract/runbooks.ts'
import { requestJson } from '../api/client.ts'
import { Card, Page } from '../shell/page.tsx'
import { ErrorState, LoadingState } from '../shell/states.tsx'
import { renderRunbook, titleOf } from './render-runbook.ts'
import styles from './runbook-page.module.css'

/** `/runbooks/<pack>`: what to do when an alert of a pack fires. */
export function RunbookPage() {
  const params: Readonly<Record<string, string | undefined>> = useParams({ strict: false })
  const name = params['name'] ?? ''
  const { data, error, refetch } = useQuery({
    queryKey: ['runbook', name],
    queryFn: ({ signal }) =>
      requestJson<RunbookJson>(`/api/vedette/runbooks/${encodeURIComponent(name)}`, { signal }),
    staleTime: 300_000,
  })
  return (
    <Page title={(data && titleOf(data.markdown)) ?? 'Runbook'}>
      {error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <LoadingState label="Reading the runbook" />
      ) : (
        <Runbook key={data.markdown} markdown={data.markdown} />
      )}
    </Page>
  )
}

function Runbook({ markdown }: Pick<RunbookJson, 'markdown'>) {
  const html = useMemo(() => renderRunbook(markdown), [markdown])
  const hash = useRouterState({ select: ({ location }) => location.hash })
  const body = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const meant = [...(body.current?.querySelectorAll('[id]') ?? [])].find(({ id }) => id === hash)
    meant?.scrollIntoView()
    for (const one of body.current?.querySelectorAll('[data-meant]') ?? [])
      one.removeAttribute('data-meant')
    meant?.setAttribute('data-meant', '')
  }, [hash])
  return (
    <Card>
      <div ref={body} className={styles['runbook']} dangerouslySetInnerHTML={{ __html: html }} />
    </Card>
  )
}
