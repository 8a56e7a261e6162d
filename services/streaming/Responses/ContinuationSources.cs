using Sluice.Inference.Providers;
using Sluice.Streaming.Log;
using Sluice.Streaming.OpenAiResponses;

namespace Sluice.Streaming.Responses;

/// <summary>What generations that go on elsewhere read from.</summary>
internal sealed class ContinuationSources(
    LogReplay log, IModelCatalog catalog, ResponsesHistory history, TimeProvider time)
{
    public LogReplay Log => log;

    public IModelCatalog Catalog => catalog;

    public ResponsesHistory History => history;

    public TimeProvider Time => time;
}
