export * from './internal-workflow/index.ts';
