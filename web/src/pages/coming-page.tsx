import { Card, Page } from '../shell/page.tsx'
import { EmptyState } from '../shell/states.tsx'
import { TextLink } from '../shell/text-link.tsx'

export interface ComingPageProps {
  readonly title: string
  readonly what: string
  /** What can be done until then. */
  readonly meanwhile: string
}

/** A room whose furniture is still to come; it says so. */
export function ComingPage({ title, what, meanwhile }: ComingPageProps) {
  return (
    <Page title={title}>
      <Card>
        <EmptyState title={`${title} are not here yet`}>
          {what} {meanwhile} <TextLink to="/explore">Explore metrics</TextLink>
        </EmptyState>
      </Card>
    </Page>
  )
}
