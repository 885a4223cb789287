export * from '../activity-cancellation-details.ts';
