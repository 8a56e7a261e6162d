using Sluice.BatchStore.Results;
using Sluice.Inference.Providers;

namespace Sluice.BatchWorker.Lines;

/// <summary>The last answer to a line.</summary>
/// <param name="Answer">Success, refusal or failure.</param>
/// <param name="Failed">The attempts that failed, the last one included if it did; null for none.</param>
internal readonly record struct LineAnswer(ModelAnswer Answer, FailedAttempts? Failed);
