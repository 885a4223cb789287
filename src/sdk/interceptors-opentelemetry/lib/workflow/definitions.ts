export * from '../../workflow/definitions.ts';
