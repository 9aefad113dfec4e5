import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './page.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { queryClient } from './api/query-client.js';
import { App } from './app.js';
import { CrashBoundary } from './components/crash-boundary.js';
import { pageBase } from './page-settings.js';
import { cssVariables, theme } from './theme.js';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element with the id "root".');

createRoot(root).render(
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
    <CrashBoundary>
      <QueryClientProvider client={queryClient}>
        <Router base={pageBase}>
          <App />
        </Router>
      </QueryClientProvider>
    </CrashBoundary>
    <Notifications position="bottom-right" />
  </MantineProvider>,
);
