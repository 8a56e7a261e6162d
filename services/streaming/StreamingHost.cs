using Microsoft.Extensions.Options;
using Sluice.Durability.Faults;
using Sluice.Durability.Instances;
using Sluice.Durability.Schema;
using Sluice.Inference;
using Sluice.ServiceDefaults;
using Sluice.ServiceDefaults.Hosting;
using Sluice.ServiceDefaults.Internal;
using Sluice.ServiceDefaults.Options;
using Sluice.Streaming.Admission;
using Sluice.Streaming.Chat;
using Sluice.Streaming.Data;
using Sluice.Streaming.Embeddings;
using Sluice.Streaming.FanOut;
using Sluice.Streaming.Log;
using Sluice.Streaming.Models;
using Sluice.Streaming.OpenAiResponses;
using Sluice.Streaming.Responses;
using Sluice.Streaming.Sse;
using Sluice.Streaming.Streams;
using Sluice.Streaming.WebSockets;

namespace Sluice.Streaming;

/// <summary>The streaming process as a callable host, so that tests can run it in their own process.</summary>
public static class StreamingHost
{
    /// <summary>
    /// Builds the application; <paramref name="args"/> are configuration keys (<c>--Internal:Url=…</c>).
    /// </summary>
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults("streaming");
        builder.WebHost.ConfigureKestrel(BodyWindows.Set);
        builder.AddListener(ListenerKind.Http2, "Streaming:Http2Url", StreamingOptions.DefaultHttp2Url);
        builder.Services.AddInference();
        builder.Services.AddValidatedOptions<StreamingOptions>(StreamingOptions.Section);
        builder.Services.AddSingleton<IValidateOptions<StreamingOptions>, StreamingOptionsValidator>();
        builder.Services.AddSingleton<ActiveResponses>();
        builder.Services.AddSingleton<AdmissionQueue>();
        builder.Services.AddHostedService<DrainService>();
        builder.Services.AddHealthChecks().AddCheck<DrainHealthCheck>("drain", tags: ["ready"]);
        builder.Services.AddSingleton<SseTicker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SseTicker>());
        AddLog(builder.Services);
        builder.Services.AddSingleton<PromptFaults>();
        builder.Services.AddSingleton<ResponseRunnerSettings>();
        builder.Services.AddSingleton<ResponseRunner>();
        builder.Services.AddSingleton<ResponseStreaming>();
        builder.Services.AddSingleton<ResponseCreation>();
        builder.Services.AddSingleton<ResponseReading>();
        builder.Services.AddSingleton<ResponsesStart>();
        builder.Services.AddSingleton<CreationTable>();
        builder.Services.AddSingleton<IdempotentCreation>();
        builder.Services.AddSingleton<ResponsesReading>();
        builder.Services.AddSingleton<ReadTokens>();
        builder.Services.AddSingleton<StreamList>();
        builder.Services.AddHostedService<StreamActivity>();
        builder.Services.AddResponseSockets();
        builder.Services.AddSingleton<ChatReading>();
        builder.Services.AddSingleton<WholeAnswer>();

        var app = builder.Build();
        app.UseInternalCaller();
        app.MapServiceDefaults();
        app.MapChatCompletions();
        app.MapResponses();
        app.MapEmbeddings();
        app.MapStreams();
        app.MapFollowed();
        app.MapResponseSockets();
        app.MapModels();
        return app;
    }

    private static void AddLog(IServiceCollection services)
    {
        services.AddInstances("streaming", StreamingSchema.Name, provider => AdvertisedAddress.Of(
            provider.GetRequiredService<IOptions<FollowerOptions>>().Value.AdvertisedUrl,
            provider.GetRequiredService<IOptions<StreamingOptions>>().Value.Http2Url));
        services.AddValidatedOptions<FollowerOptions>(FollowerOptions.Section);
        services.AddSingleton<FollowerConnections>();
        services.AddSingleton<Followers>();
        services.AddHostedService(provider => provider.GetRequiredService<Followers>());
        services.AddSchema(StreamingSchema.Name, typeof(StreamingHost).Assembly);
        services.AddValidatedOptions<LogOptions>(LogOptions.Section);
        services.AddSingleton<ResponseRegistry>();
        services.AddSingleton<LogBounds>();
        services.AddSingleton<ResponseLog>();
        services.AddSingleton<ReadersElsewhere>();
        services.AddSingleton<FeedSources>();
        services.AddSingleton<LogPartitions>();
        services.AddSingleton<LogCompaction>();
        services.AddSingleton<LogForget>();
        services.AddHostedService<LogMaintenance>();
        services.AddSingleton<GroupCommitter>();
        services.AddHostedService(provider => provider.GetRequiredService<GroupCommitter>());
        services.AddSingleton<LogAvailability>();
        services.AddSingleton<JournalTable>();
        services.AddHostedService<JournalLoop>();
        services.AddSingleton<ResponseCancellation>();
        services.AddHostedService<CancellationLoop>();
        services.AddSingleton<ResponseHandover>();
        services.AddSingleton<LogReplay>();
        services.AddSingleton<ResponsesHistory>();
        services.AddSingleton<ContinuationSources>();
        services.AddSingleton<ContinuedGenerations>();
        services.AddFaultPoints();
        services.AddSingleton<TakeoverTable>();
        services.AddSingleton<TakeoverProbation>();
        services.AddSingleton<TakeoverStart>();
        services.AddSingleton<Takeover>();
        services.AddSingleton<TakeoverPace>();
        services.AddHostedService<TakeoverLoop>();
    }
}
