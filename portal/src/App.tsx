// Which address shows which screen, and for whom. Rights only hide what the server would refuse anyway.
import { Container, Skeleton } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { Route, Routes, useLocation, useSearchParams } from 'react-router';
import type { Me } from '../../src/portal/contract/me.ts';
import { LiveProvider } from './api/live.tsx';
import { useMeQuery } from './api/queries.ts';
import { ErrorNote, LoadingCards } from './components/Notes.tsx';
import { Quiet } from './components/Quiet.tsx';
import { Shell } from './components/Shell.tsx';
import { AccessPage } from './features/access/AccessPage.tsx';
import { ApprovalsPage } from './features/approvals/ApprovalsPage.tsx';
import { HoldPage, RequestPage } from './features/approvals/RequestPage.tsx';
import { FreezeBar } from './features/freezes/FreezeBar.tsx';
import { HomePage } from './features/home/HomePage.tsx';
import { NotForYou, NotThere } from './features/home/NotHere.tsx';
import { SignedOut, SignIn } from './features/home/SignIn.tsx';
import { PasskeysPage } from './features/passkeys/PasskeysPage.tsx';
import { SignPage } from './features/sign/SignPage.tsx';
import { StepUpPage } from './features/stepup/StepUpPage.tsx';
import { MeContext } from './lib/me.ts';

const SessionsPage = lazy(() => import('./features/sessions/SessionsPage.tsx'));
const SearchPage = lazy(() => import('./features/search/SearchPage.tsx'));
const SessionPage = lazy(() => import('./features/sessions/SessionPage.tsx'));
const ReplayPage = lazy(() => import('./features/replay/ReplayPage.tsx'));
const LegalHoldsPage = lazy(() => import('./features/legalHolds/LegalHoldsPage.tsx'));
const ReviewPage = lazy(() => import('./features/review/ReviewPage.tsx'));
const ReportsPage = lazy(() => import('./features/reports/ReportsPage.tsx'));
const OperatePage = lazy(() => import('./features/operate/OperatePage.tsx'));

const Loading = () => (
  <Container size="lg" py="xl" role="status" aria-label="Loading">
    <Skeleton height={28} width={220} mb="xl" />
    <LoadingCards />
  </Container>
);

/** Ceremony pages say at the sign-in what it is for. */
const signInReason = (path: string): string | null => {
  if (path.startsWith('/sign/')) return 'Your session has ended. Sign in, then sign the request.';
  if (path === '/stepup') return 'Your session has ended. Sign in, then confirm that it is you.';
  return null;
};

/** Ceremonies stand alone, but what is frozen is said there too: signing would be in vain. */
const Alone = ({ page }: { page: ReactNode }) => (
  <>
    <div className="quiet-frozen">
      <FreezeBar />
    </div>
    {page}
  </>
);

const InShell = ({ me }: { me: Me }) => {
  const only = (allowed: boolean, forWhom: string, page: ReactNode) =>
    allowed ? page : <NotForYou forWhom={forWhom} />;
  return (
    <Shell>
      <Suspense fallback={<LoadingCards />}>
        <Routes>
          <Route path="/" element={<HomePage />} />
          <Route path="/access" element={only(me.may.ask, 'people who work in a console', <AccessPage />)} />
          <Route path="/approvals" element={only(me.may.approve, 'approvers', <ApprovalsPage />)} />
          <Route path="/approvals/:id" element={<RequestPage />} />
          <Route path="/approvals/hold/:id" element={<HoldPage />} />
          <Route path="/passkeys" element={<PasskeysPage />} />
          <Route path="/search" element={only(me.may.review, 'auditors', <SearchPage />)} />
          <Route path="/sessions" element={only(me.may.review, 'auditors', <SessionsPage />)} />
          <Route path="/sessions/:id" element={only(me.may.review, 'auditors', <SessionPage />)} />
          <Route path="/sessions/:id/replay" element={only(me.may.review, 'auditors', <ReplayPage />)} />
          <Route path="/legal-holds" element={only(me.may.review, 'auditors', <LegalHoldsPage />)} />
          <Route path="/review" element={only(me.may.reviewAccess, 'auditors', <ReviewPage />)} />
          <Route path="/reports" element={only(me.may.reviewAccess, 'auditors', <ReportsPage />)} />
          <Route path="/operate" element={only(me.may.operate, 'operators', <OperatePage />)} />
          <Route path="*" element={<NotThere />} />
        </Routes>
      </Suspense>
    </Shell>
  );
};

export const App = () => {
  const { pathname, search } = useLocation();
  const [parameters] = useSearchParams();
  const signedOut = pathname === '/signed-out';
  const me = useMeQuery();
  if (signedOut) return <SignedOut />;
  if (me.data === undefined) {
    if (!me.isError) return <Loading />;
    return (
      <Quiet title="Not reachable">
        <ErrorNote error={me.error} retry={() => void me.refetch()} />
      </Quiet>
    );
  }
  if (me.data === null) return <SignIn to={`${pathname}${search}`} reason={signInReason(pathname)} />;
  return (
    <MeContext value={me.data}>
      <LiveProvider>
        <Routes>
          <Route path="/sign/:id" element={<Alone page={<SignPage />} />} />
          <Route
            path="/stepup"
            element={<Alone page={<StepUpPage console={parameters.get('console')} back={parameters.has('back')} />} />}
          />
          <Route path="*" element={<InShell me={me.data} />} />
        </Routes>
      </LiveProvider>
    </MeContext>
  );
};
