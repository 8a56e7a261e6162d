using Sluice.Scheduler.DeadLetters.Intake;
using Sluice.Scheduler.DeadLetters.Replays;
using Sluice.ServiceDefaults.Options;

namespace Sluice.Scheduler.DeadLetters;

/// <summary>What the dead letters consist of.</summary>
internal static class DeadLetterServices
{
    public static void AddDeadLetters(this IServiceCollection services)
    {
        services.AddValidatedOptions<DeadLetterOptions>(DeadLetterOptions.Section);
        services.AddSingleton<LetterTable>();
        services.AddSingleton<LetterPayload>();
        services.AddSingleton<LetterPurge>();
        services.AddSingleton<LetterSweep>();

        services.AddSingleton<MessageLetterReader>();
        services.AddSingleton<MessageLetters>();
        services.AddSingleton<MessageLetterStore>();
        services.AddSingleton<RefusedMessages>();

        services.AddSingleton<FollowUpBatches>();
        services.AddSingleton<MessageReplay>();
        services.AddSingleton<WebhookReplay>();
        services.AddSingleton<MessageStep>();
        services.AddSingleton<ReplayStep>();
        services.AddSingleton<ReplayLoop>();
        services.AddSingleton<ReplayViews>();
        services.AddSingleton<ReplayStart>();
        services.AddSingleton<ReplayCommit>();
        services.AddSingleton<EditedLine>();
        services.AddSingleton<EditedReplay>();
    }

    /// <summary>Call it after the bus is added: loops stop before it does.</summary>
    public static void AddDeadLetterLoops(this IServiceCollection services)
    {
        services.AddHostedService<MessageIntake>();
        services.AddHostedService<RefusedMessageLoop>();
        services.AddHostedService(provider => provider.GetRequiredService<ReplayLoop>());
        services.AddHostedService<LetterSweeper>();
    }
}
