import { lazy, Suspense } from 'react';
import { Route, Switch } from 'wouter';
import { Loading } from './components/loading.js';
import { LiveUpdates } from './live/live-updates.js';
import { useAllowed } from './session/session.js';
import { SignInGate } from './session/sign-in-gate.js';
import { NotFound } from './shell/not-found.js';
import { Shell } from './shell/shell.js';

const Overview = lazy(() => import('./pages/overview/overview.js'));
const Webhooks = lazy(() => import('./pages/webhooks/webhooks.js'));
const NewWebhook = lazy(() => import('./pages/webhook/new-webhook.js'));
const Webhook = lazy(() => import('./pages/webhook/webhook.js'));
const EditWebhook = lazy(() => import('./pages/webhook/edit-webhook.js'));
const Deliveries = lazy(() => import('./pages/deliveries/deliveries.js'));
const Delivery = lazy(() => import('./pages/delivery/delivery.js'));
const System = lazy(() => import('./pages/system/system.js'));

/** The page, once someone has signed in. */
export function App() {
  return (
    <SignInGate>
      <Pages />
    </SignInGate>
  );
}

function Pages() {
  const allowed = useAllowed();
  return (
    <LiveUpdates enabled={allowed('deliveries:read')}>
      <Shell>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={allowed('deliveries:read') ? Overview : Webhooks} />
            <Route path="/webhooks" component={Webhooks} />
            <Route path="/webhooks/new" component={NewWebhook} />
            <Route path="/webhooks/:id" component={Webhook} />
            <Route path="/webhooks/:id/edit" component={EditWebhook} />
            <Route path="/deliveries" component={Deliveries} />
            <Route path="/deliveries/:id" component={Delivery} />
            <Route path="/system" component={System} />
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </Shell>
    </LiveUpdates>
  );
}
