using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Sluice.Inference;
using Sluice.ServiceDefaults.Options;
using Sluice.Tasks.Echo;
using Sluice.Tasks.Http;
using Sluice.Tasks.OpenAi;

namespace Sluice.Tasks;

/// <summary>Registration of the kinds of task.</summary>
public static class TaskServices
{
    /// <summary>
    /// Adds <see cref="TaskHandlers"/> with the built-in kinds, and the model providers that they call.
    /// </summary>
    public static IServiceCollection AddTasks(this IServiceCollection services)
    {
        services.AddInference();
        services.TryAddSingleton<TaskHandlers>();
        services.AddValidatedOptions<HttpTaskOptions>(HttpTaskOptions.Section);
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<HttpTaskOptions>, HttpTaskOptionsValidator>());
        services.TryAddSingleton<HttpTaskClient>();
        return services
            .AddTaskHandler<ChatTask>()
            .AddTaskHandler<ResponsesTask>()
            .AddTaskHandler<EmbeddingsTask>()
            .AddTaskHandler<EchoTask>()
            .AddTaskHandler<HttpTask>();
    }

    /// <summary>Adds a kind of task; the same one twice counts once.</summary>
    public static IServiceCollection AddTaskHandler<T>(this IServiceCollection services)
        where T : class, ITaskHandler
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITaskHandler, T>());
        return services;
    }
}
