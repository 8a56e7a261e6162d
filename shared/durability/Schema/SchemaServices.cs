using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Sluice.Durability.Postgres;

namespace Sluice.Durability.Schema;

public static partial class SchemaServices
{
    /// <summary>
    /// Applies the embedded scripts <c>Schema/NNNN-name.sql</c> of <paramref name="assembly"/> to <paramref
    /// name="schema"/> at start, before any other hosted service. Modules of one schema are applied in the order of
    /// their registration; registering one twice has no effect.
    /// </summary>
    /// <exception cref="ArgumentException">The schema is not a plain lower-case identifier.</exception>
    public static IServiceCollection AddSchema(this IServiceCollection services, string schema, Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(assembly);
        // The name is put into SQL text, so nothing but an identifier may pass.
        if (!Identifier().IsMatch(schema))
        {
            throw new ArgumentException($"'{schema}' is not a schema name: use a-z, 0-9 and _.", nameof(schema));
        }

        services.AddPostgres();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SchemaMigrator>());
        var module = new SchemaModule(schema, assembly);
        if (!services.Any(service => module.Equals(service.ImplementationInstance)))
        {
            services.AddSingleton(module);
        }

        return services;
    }

    /// <summary>The tables of this library: outbox, outbox_dead, inbox, instances.</summary>
    public static IServiceCollection AddDurabilitySchema(this IServiceCollection services, string schema) =>
        services.AddSchema(schema, typeof(SchemaServices).Assembly);

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Identifier();
}
