import { Card, Page } from '../shell/page.tsx'
import { ErrorState } from '../shell/states.tsx'

export interface ErrorPageProps {
  readonly error: unknown
  readonly reset: () => void
}

/** A page broke; the rest of the house still stands. */
export function ErrorPage({ error, reset }: ErrorPageProps) {
  return (
    <Page title="Something broke">
      <Card>
        <ErrorState error={error} onRetry={reset} />
      </Card>
    </Page>
  )
}
