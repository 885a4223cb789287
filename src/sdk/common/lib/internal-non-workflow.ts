export * from './internal-non-workflow/index.ts';
